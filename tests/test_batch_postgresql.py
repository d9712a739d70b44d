"""The whole way through a gradebook on PostgreSQL, from release to export, must leave there what it leaves in SQLite.

Needs a server, on which a database of its own is made and dropped:
`COURSE_TEST_DB=postgresql+psycopg://user@host/postgres pytest tests/test_batch_postgresql.py`
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from batch_course import contents, copy_of, earning, graded_files, hand_in_class
from grading_course import NAME, hand_in, make_course
from sqlalchemy import create_engine, make_url, text
from stub_engine import marked

from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.grade import grade
from grader.exchange.release import release
from grader.nbgrader_config import CourseDir

SERVER = os.environ.get("COURSE_TEST_DB", "")
SIZE = 12

pytestmark = pytest.mark.skipif(not SERVER, reason="COURSE_TEST_DB names no PostgreSQL server")


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database."""
    name = f"course_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    server.dispose()


def the_whole_way(course: CourseDir, jobs: int) -> tuple[dict[str, list[object]], dict[str, bytes], str]:
    """Release, grade, again after a change, one exercise anew, feedback, export."""
    release(course, NAME)
    first = grade(course, NAME, jobs=jobs, execute=marked)
    assert len(first.of("graded")) + len(first.of("not graded")) == SIZE
    hand_in(course, "s01", earning(course, 2, 1))
    again = grade(course, NAME, jobs=jobs, execute=marked)
    assert [one.student for one in again.of("graded")] == ["s01"]
    hand_in(course, "s02", "no notebook")
    grade(course, NAME, ["s02"], jobs=jobs, execute=marked)
    assert len(grade(course, NAME, jobs=jobs, exercise="double", force=True, execute=marked).of("graded")) > SIZE // 2
    assert feedback(course, NAME).pages
    found = {name: sorted(rows, key=repr) for name, rows in contents(course).items()}
    return found, graded_files(course), export(course, NAME).path.read_text("utf-8")


def test_a_batch_on_postgresql(tmp_path: Path, database: str) -> None:
    course = make_course(tmp_path / "sqlite")
    hand_in_class(course, SIZE)
    other = replace(copy_of(course, tmp_path / "postgresql"), db_url=database)
    assert the_whole_way(other, jobs=2) == the_whole_way(course, jobs=1)
