"""The whole way through a gradebook on PostgreSQL, from release to export, leaves there what it leaves in SQLite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from support.batch_course import contents, copy_of, earning, graded_files, hand_in_class
from support.grading_course import NAME, hand_in, make_course
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.release import release

SIZE = 12


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


def test_a_batch_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    course = make_course(tmp_path / "sqlite")
    hand_in_class(course, SIZE)
    other = replace(copy_of(course, tmp_path / "postgresql"), db_url=postgresql)
    assert the_whole_way(other, jobs=2) == the_whole_way(course, jobs=1)
