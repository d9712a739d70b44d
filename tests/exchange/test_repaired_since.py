"""The test has changed since: a notebook that is as it was handed out is not told that it was altered."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from sqlalchemy import create_engine, text
from support.batch_course import copy_of, earning, publish
from support.grading_course import NAME, cell, hand_in, solution
from support.stub_engine import marked
from traitlets.config import Config

from course_lib.repair.damage import sentences
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.batch.assignment import load
from grader.exchange.earlier_releases import earlier_releases
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.repaired_since import repaired_since
from grader.exchange.restore_since import RestoreSince
from grader.nbgrader_config import configure

CHANGED = "One test has changed since the notebook was handed out (double_tests); the new one was run."


def changed_solution() -> NotebookNode:
    """Another test of `double`, another given cell, another order of the two exercises."""
    notebook = solution()
    cell(notebook, "double_tests")["source"] = "assert double(3) == 6\n1 + 1"
    cell(notebook, "shared-1")["source"] = "base = 8"
    notebook.cells[2:8] = [*notebook.cells[5:8], *notebook.cells[2:5]]
    return notebook


@pytest.fixture(scope="module")
def changed(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> tuple[CourseDir, NotebookNode]:
    """A course whose assignment was changed and released again, and an answer to the first release."""
    course = copy_of(released_once, tmp_path_factory.mktemp("since") / "course")
    old = earning(course, 2, 1)
    publish(course, changed_solution())
    release(course, NAME)
    return course, old


def told(course: CourseDir, notebook: NotebookNode) -> list[str]:
    with open_gradebook(course) as gradebook:
        reference = load(course, NAME)[0].reference
        earlier = earlier_releases(gradebook.db.connection(), NAME, reference)
    found = repaired_since(notebook, reference, earlier)
    graded = {c.metadata.nbgrader.grade_id: c.source for c in found.notebook.cells if "nbgrader" in c.metadata}
    assert [name for name in graded if name not in ("double", "triple")] == [
        one.name for one in reference.cells if one.name not in ("double", "triple")
    ]  # all that is the course's, as it is now
    assert all(graded[one.name] == one.source for one in reference.cells if one.is_test or one.is_given)
    return list(sentences(found.repairs))


def test_an_intact_copy_of_an_earlier_release(changed: tuple[CourseDir, NotebookNode]) -> None:
    course, old = changed
    given = "One given cell has changed since the notebook was handed out (shared-1); the new one was run."
    assert told(course, old) == [given, CHANGED]


def test_what_the_student_altered_is_told_as_before(changed: tuple[CourseDir, NotebookNode]) -> None:
    course, old = changed
    altered = deepcopy(old)
    cell(altered, "triple_tests")["source"] = "pass"
    cell(altered, "double_tests")["source"] = "pass"
    del altered.cells[[c.id for c in altered.cells].index("triple")]
    assert told(course, altered)[:2] == [
        "Two test cells were not as they were handed out and were restored (double_tests, triple_tests).",
        "One answer cell is missing from the notebook; its tests fail (triple).",
    ]
    assert len(told(course, altered)) == 4  # and what the course has changed, the lost answer not among it


def test_a_copy_of_the_last_release(changed: tuple[CourseDir, NotebookNode]) -> None:
    course, _ = changed
    assert told(course, nbformat.read(course.released(NAME), as_version=4)) == []
    altered = nbformat.read(course.released(NAME), as_version=4)
    cell(altered, "double_tests")["source"] = "pass"
    assert told(course, altered) == ["One test cell was not as it was handed out and was restored (double_tests)."]


def test_a_release_from_before_releases_were_kept(released: CourseDir) -> None:
    engine = create_engine(released.gradebook_url)
    with engine.begin() as connection:
        connection.execute(text("drop table course_released"))
    engine.dispose()
    old = earning(released, 2, 1)
    publish(released, changed_solution())
    release(released, NAME)
    assert CHANGED in told(released, old)


def test_both_ways_of_grading_tell_it(changed: tuple[CourseDir, NotebookNode], tmp_path: Path) -> None:
    course, old = copy_of(changed[0], tmp_path / "course"), changed[1]
    hand_in(course, "ada", old)
    assert CHANGED in grade(course, NAME, jobs=1, execute=marked).results[0].repairs
    names = {"assignment": NAME, "notebook": NAME, "student": "ada", "db_url": course.gradebook_url}
    step = RestoreSince(config=configure(Config(), course))
    notebook, _ = step.preprocess(deepcopy(old), {"nbgrader": names})
    assert CHANGED in notebook.metadata["grading"]["repairs"]


def test_a_release_without_a_change_is_no_other_release(released: CourseDir) -> None:
    release(released, NAME)
    with open_gradebook(released) as gradebook:
        assert earlier_releases(gradebook.db.connection(), NAME, load(released, NAME)[0].reference) == ()
