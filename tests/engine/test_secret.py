"""The secret of a course: made once, the same for everybody, never made anew, and out of a submission's reach."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support.grading_course import NAME, RIGHT, answered, hand_in, make_course
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.engine.engine import shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.preprocessor import ExecuteIsolated
from grader.engine.secret import course_secret
from grader.exchange.batch import grade
from grader.exchange.release import release
from grader.nbgrader_config import configure


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    secret = course_secret(path)
    assert len(secret) == 32
    assert course_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["secret"]
    assert course_secret(tmp_path / "another") != secret


def test_it_moves_with_its_file(tmp_path: Path) -> None:
    secret = course_secret(tmp_path / "here" / "secret")
    (tmp_path / "here").rename(tmp_path / "there")
    assert course_secret(tmp_path / "there" / "secret") == secret


def _read_at_once(path: Path, start: multiprocessing.synchronize.Barrier, found: multiprocessing.Queue[bytes]) -> None:
    start.wait()
    found.put(course_secret(path))


def test_two_who_make_it_at_once_get_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        start, found = context.Barrier(4), context.Queue()
        path = tmp_path / str(attempt) / "secret"
        processes = [context.Process(target=_read_at_once, args=(path, start, found)) for _ in range(4)]
        for process in processes:
            process.start()
        secrets = {found.get(timeout=60) for _ in processes}
        for process in processes:
            process.join()
        assert secrets == {course_secret(path)}


@pytest.mark.parametrize("damage", [b"", b"\n", b"abc", b"\xff\xfe", b"00" * 32 + b"\n", b"00" * 32 + b" 12345678\n"])
def test_a_damaged_one_is_an_error_and_stays_as_it_is(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(damage)
    with pytest.raises(CourseError, match=r"is damaged.*put back the copy from your backup"):
        course_secret(path)
    assert path.read_bytes() == damage


def test_one_that_lost_its_end_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    course_secret(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CourseError, match="is damaged"):
        course_secret(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CourseError, match="cannot be read or made"):
        course_secret(tmp_path / "file" / "secret")


def drawn(secret: bytes | None) -> str:
    """What a test draws with this secret."""
    part = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3, "points": 1}
    source = "from course_lib import check\nprint(check.rng('a').integers(1 << 60))"
    made = new_notebook(cells=[new_code_cell(source, metadata={"nbgrader": {**part, "grade_id": "t"}})])
    shared_engine(Isolation.NONE).run(made, made, Limits(), secret=secret)
    return str(made.cells[0].outputs[0].text)


def test_tests_draw_from_it() -> None:
    assert drawn(b"one") == drawn(b"one") != drawn(b"two")
    assert drawn(None) == drawn(None) != drawn(b"one")


def test_nbgrader_and_the_course_use_the_same(tmp_path: Path) -> None:
    course = CourseDir.sandbox(tmp_path)
    step = ExecuteIsolated(config=configure(Config(), course))
    assert step.secret_file == str(course.secret) == str(tmp_path / "secret")


def test_a_damaged_one_stops_a_batch(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    release(course, NAME)
    hand_in(course, "ada", answered(course, **RIGHT))
    course.secret.write_text("gone")
    with pytest.raises(CourseError, match="secret"):
        grade(course, NAME, jobs=1)
