"""What two interpreters cannot honor is said before anybody is graded: on release, by nbgrader, by `course grade`."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from support.grading_course import NAME, RIGHT, answered, cell, hand_in, make_course

from grader.audit.constructs import Found
from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.exchange.batch import grade
from grader.exchange.converter import convert
from grader.exchange.release import release
from grader.exchange.tables import release_text

WARNS = "import pytest\nwith pytest.warns(UserWarning):\n    triple(2)"
SAID = "triple_tests, line 2 (`with pytest.warns(UserWarning):`): A warning that the student's code gives"


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    """A built course with a test that asks for the student's warnings."""
    made = make_course(tmp_path)
    notebook = nbformat.read(made.solution(NAME), as_version=4)
    cell(notebook, "triple_tests")["source"] = WARNS
    text = nbformat.writes(notebook)
    made.solution(NAME).write_text(text, "utf-8")
    made.released(NAME).write_text(generate(NAME, text), "utf-8")
    return made


def test_release_names_cell_line_and_remedy(course: CourseDir) -> None:
    said = str(release_text(release(course, NAME)))
    assert f"Differs from one kernel: {SAID}" in said
    assert said.endswith("Mark the cell `in_kernel`.")


def test_plain_nbgrader_logs_the_same(course: CourseDir, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("test.plain")
    with caplog.at_level(logging.WARNING, log.name):
        convert(GenerateAssignment, course, NAME, log=log)
    assert any(record.getMessage().startswith(SAID) for record in caplog.records)


def test_a_course_without_such_tests_is_told_nothing(released: CourseDir) -> None:
    found = release(released, NAME)
    assert found.constructs == ()
    assert "Differs" not in str(release_text(found))


@pytest.mark.parametrize("with_source", [True, False])
def test_the_first_grading_says_it_and_no_later_one(course: CourseDir, with_source: bool) -> None:
    release(course, NAME)
    if not with_source:
        course.solution(NAME).unlink()
    hand_in(course, "ada", answered(course, **RIGHT))
    told: list[Found] = []
    report = grade(course, NAME, jobs=1, execute=without_isolation, foretell=told.append)
    assert [str(one).startswith(SAID) for one in told] == [True]
    assert json.loads((course.autograded(NAME, "ada")).read_text("utf-8"))["cells"]
    assert report.of("graded")
    hand_in(course, "bob", answered(course, **RIGHT))
    grade(course, NAME, jobs=1, execute=without_isolation, foretell=told.append)
    assert len(told) == 1
