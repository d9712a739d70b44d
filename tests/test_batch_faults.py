"""Killed at any moment, run twice at once, disk full, gradebook locked: what is there is whole, the rest is made up."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from batch_course import contents, copy_of, earning, graded_files, hand_in_class, released
from grading_course import NAME, hand_in
from sqlalchemy import Engine, event
from stub_engine import marked, slowly

from course_lib.errors import CourseError
from grader.exchange.batch import database
from grader.exchange.batch.lock import only_grader
from grader.exchange.grade import grade
from grader.nbgrader_config import CourseDir

SIZE = 24
SECONDS = 1.2  # that a batch takes with the slow stub
FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def class_once(tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A class that is not graded yet."""
    course = released(tmp_path_factory.mktemp("faults") / "course")
    hand_in_class(course, SIZE)
    return course


@pytest.fixture(scope="module")
def undisturbed(class_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """The same class, graded in one go."""
    course = copy_of(class_once, tmp_path_factory.mktemp("undisturbed") / "course")
    grade(course, NAME, jobs=1, execute=marked)
    return course


@pytest.fixture
def course(class_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(class_once, tmp_path / "course")


def as_undisturbed(course: CourseDir, undisturbed: CourseDir) -> bool:
    return contents(course) == contents(undisturbed) and graded_files(course) == graded_files(undisturbed)


@pytest.mark.parametrize("moment", range(8))
def test_a_killed_grader_is_completed_by_the_same_command(
    moment: int, course: CourseDir, undisturbed: CourseDir
) -> None:
    chance = random.Random(moment)
    killed = 0
    for _ in range(3):  # and again, while it makes up for the last time
        grader = FORK.Process(target=grade, args=(course, NAME), kwargs={"jobs": 1, "execute": slowly})
        grader.start()
        grader.join(chance.uniform(0.02, SECONDS / 2))
        if grader.is_alive():
            os.kill(grader.pid or 0, signal.SIGKILL)
            killed += 1
        grader.join()
    report = grade(course, NAME, jobs=1, execute=marked)
    assert killed
    assert len(report.results) == SIZE
    assert as_undisturbed(course, undisturbed)


def test_a_killed_grader_takes_its_workers_with_it(course: CourseDir, undisturbed: CourseDir) -> None:
    """On worker processes, in a program of its own; killed when some submissions are done."""
    script = (
        "import sys; from pathlib import Path; from stub_engine import slowly\n"
        "from grader.exchange.grade import grade; from grader.nbgrader_config import CourseDir\n"
        f"if __name__ == '__main__': grade(CourseDir.sandbox(Path(sys.argv[1])), {NAME!r}, jobs=2, execute=slowly)"
    )
    path = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    program = subprocess.Popen(
        [sys.executable, "-c", script, str(course.root)],
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )
    assert eventually(lambda: len(graded_files(course)) >= 3, 60)
    children = psutil.Process(program.pid).children(recursive=True)
    assert len(children) >= 2
    program.kill()
    program.wait()
    assert len(graded_files(course)) < len(graded_files(undisturbed))
    grade(course, NAME, jobs=1, execute=marked)
    assert as_undisturbed(course, undisturbed)
    assert eventually(lambda: not any(child.is_running() and child.status() != "zombie" for child in children), 30)


def eventually(holds, seconds: float) -> bool:  # type: ignore[no-untyped-def]
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_the_second_grader_says_so_and_stops(course: CourseDir) -> None:
    ready, done = FORK.Event(), FORK.Event()

    def first() -> None:
        with only_grader(course):
            ready.set()
            done.wait(30)

    holder = FORK.Process(target=first)
    holder.start()
    assert ready.wait(30)
    message = rf"another `course grade` is running \(process {holder.pid}\): wait for it, or stop it\."
    with pytest.raises(CourseError, match=message):
        grade(course, NAME, jobs=1, execute=marked)
    assert not graded_files(course)
    os.kill(holder.pid or 0, signal.SIGKILL)
    holder.join()
    assert (course.work / "grade.lock").read_text() == str(holder.pid)  # its lock is stale, and that is known
    assert len(grade(course, NAME, jobs=1, execute=marked).of("graded")) == SIZE - 3


def test_a_full_disk_is_told_and_nothing_is_half_written(
    course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full from the fifth graded notebook on."""
    left = 4

    def fsync(_: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr("grader.exchange.batch.files.os.fsync", fsync)
        with pytest.raises(
            CourseError, match=r"s04.*\.ipynb cannot be written: No space left on device\. What was graded"
        ):
            grade(course, NAME, jobs=1, execute=marked)
    assert sorted(path.split("/")[0] for path in graded_files(course)) == ["s00", "s01", "s02", "s03"]
    assert {row[1] for row in contents(course)["journal"]} == {"s00", "s01", "s02", "s03"}
    grade(course, NAME, jobs=1, execute=marked)
    assert as_undisturbed(course, undisturbed)


def test_a_gradebook_that_cannot_grow_is_told(
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
    whole = contents(course)
    assert 0 < len(graded_files(course)) == len(whole["journal"]) < SIZE - 3
    grade(course, NAME, jobs=1, execute=marked)
    assert as_undisturbed(course, undisturbed)


def test_a_locked_gradebook_is_told_and_left_alone(
    course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    grade(course, NAME, ["s00"], jobs=1, execute=marked)
    before = contents(course), graded_files(course)
    other = sqlite3.connect(course.work / "gradebook.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(CourseError, match=r"gradebook\.db cannot be used: database is locked\."):
        grade(course, NAME, jobs=1, execute=marked)
    other.execute("rollback")
    other.close()
    assert (contents(course), graded_files(course)) == before
    grade(course, NAME, jobs=1, execute=marked)
    assert as_undisturbed(course, undisturbed)


def test_a_short_lock_is_waited_for(course: CourseDir) -> None:
    """The formgrader writes while a batch runs."""
    hand_in(course, "ada", earning(course, 1, 1))
    other = sqlite3.connect(course.work / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    end = threading.Timer(0.7, other.execute, ["rollback"])
    end.start()
    began = time.monotonic()
    assert grade(course, NAME, ["ada"], jobs=1, execute=marked).of("graded")
    assert time.monotonic() - began > 0.5
    end.join()
    other.close()
