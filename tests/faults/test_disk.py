"""A disk that fills up: told in a sentence, nothing is half written, and the rest is graded when there is room."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from support.batch_course import contents, graded_files
from support.faulty_class import SIZE, TESTS, differences
from support.grading_course import NAME
from support.stub_engine import marked

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import database, grade


def test_no_room_for_the_fifth_graded_notebook(
    course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = 4 * 2  # a graded notebook and its time stamp

    def fsync(_: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr("grader.whole_files.os.fsync", fsync)
        with pytest.raises(
            CourseError, match=r"s04.*\.ipynb cannot be written: No space left on device\. What was graded"
        ):
            grade(course, NAME, jobs=1, execute=marked)
    assert sorted(path.split("/")[0] for path in graded_files(course) if path.endswith(".ipynb")) == [
        *("s00", "s01", "s02", "s03")
    ]
    assert {row[1] for row in contents(course)["journal"]} == {"s00", "s01", "s02", "s03"}
    grade(course, NAME, jobs=1, execute=marked)
    assert differences(course, undisturbed) == []


def test_a_gradebook_that_cannot_grow(
    course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own error for a full disk, in the middle of a transaction."""
    pages = sqlite3.connect(course.work / "gradebook.db").execute("pragma page_count").fetchone()[0]
    real = database.connect

    def small(url: str) -> Engine:
        engine = real(url)
        event.listen(
            engine, "connect", lambda connection, _: connection.execute(f"pragma max_page_count = {pages + 4}")
        )
        return engine

    with monkeypatch.context() as full:
        full.setattr(database, "connect", small)
        with pytest.raises(CourseError, match=r"gradebook\.db cannot be used: database or disk is full"):
            grade(course, NAME, jobs=1, execute=marked)
    assert 0 < len(contents(course)["journal"]) < SIZE - 3
    grade(course, NAME, jobs=1, execute=marked)
    assert differences(course, undisturbed) == []


# Runs where `course` lies on a file system of its own. It leaves a copy of it behind after each of two batches.
ON_A_SMALL_DISK = f"""
import shutil, sys
from pathlib import Path
import pytest
from support.faulty_class import costly
from support.stub_engine import marked
from course_lib.errors import CourseError
from grader.exchange.batch import grade
from grader.course_dir import CourseDir
costly(pytest.MonkeyPatch())
original, disk, copies, room = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
course = CourseDir.sandbox(disk / "course")
shutil.copytree(original, course.root)
filler = disk / "filler"
with filler.open("wb") as file:
    file.write(bytes(max(0, shutil.disk_usage(disk).free - room)))
try:
    grade(course, {NAME!r}, jobs=1, execute=marked)
    print("it was all graded")
except CourseError as error:
    print(error)
shutil.copytree(course.root, copies / "full")
filler.unlink()
grade(course, {NAME!r}, jobs=1, execute=marked)
shutil.copytree(course.root, copies / "mended")
"""


def require_small_disk() -> None:
    """Skip where bubblewrap cannot put a small file system under a program."""
    tried = ["bwrap", "--dev-bind", "/", "/", "--size", "4096", "--tmpfs", "/tmp", "true"]
    if shutil.which("bwrap") is None or subprocess.run(tried, capture_output=True, check=False).returncode:
        pytest.skip("this machine cannot make a small file system: bubblewrap's --size is missing or forbidden")


@pytest.mark.parametrize("room", [40_000, 120_000])
def test_a_disk_that_is_really_full(room: int, class_once: CourseDir, undisturbed: CourseDir, tmp_path: Path) -> None:
    """So many bytes are left, for graded notebooks, gradebook, its journal and the log together."""
    require_small_disk()
    disk, copies = tmp_path / "disk", tmp_path / "copies"
    disk.mkdir()
    copies.mkdir()
    command = ["bwrap", "--dev-bind", "/", "/", "--size", "4000000", "--tmpfs", str(disk), "--die-with-parent"]
    arguments = [str(class_once.root), str(disk), str(copies), str(room)]
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    done = subprocess.run(
        [*command, sys.executable, "-c", ON_A_SMALL_DISK, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert any(words in done.stdout for words in ("No space left on device", "disk is full", "disk I/O error")), done
    assert len(done.stdout.splitlines()) == 1
    full = CourseDir.sandbox(copies / "full")
    notebooks = {name: text for name, text in graded_files(full).items() if name.endswith(".ipynb")}
    before, whole = graded_files(class_once), graded_files(undisturbed)
    # None is cut off: it is the new one, or the one before where there was no room for anything.
    assert [name for name, text in notebooks.items() if text not in (whole[name], before.get(name))] == []
    assert len(contents(full)["journal"]) < len(contents(undisturbed)["journal"])
    assert differences(CourseDir.sandbox(copies / "mended"), undisturbed) == []
