"""A written answer that came back as another kind of cell waits for a person; points that were given stay."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_raw_cell
from nbgrader.converters import Autograde
from support.grading_course import NAME, RIGHT, answered, cell, hand_in
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.converter import convert, log_file
from grader.exchange.feedback import feedback
from grader.exchange.gradebook import open_gradebook
from grader.exchange.scores import scores

INSTEAD = {
    "raw": [new_raw_cell("Because.")],
    "code": [new_code_cell("Because it doubles, that's why.")],
    "a call": [new_code_cell('mo.md("Because.")')],
    "two": [new_raw_cell("Because."), new_raw_cell("And why not?")],
}


def lost(course: CourseDir, kind: str) -> NotebookNode:
    """All labels are gone, and the written answer is another kind of cell."""
    notebook = answered(course, **RIGHT)
    at = notebook.cells.index(cell(notebook, "why"))
    notebook.cells[at : at + 1] = [nbformat.from_dict(dict(part)) for part in INSTEAD[kind]]
    for part in notebook.cells:
        part["metadata"] = nbformat.from_dict({})
    return notebook


def of_written(course: CourseDir) -> tuple[float | None, float | None, bool]:
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        return given.auto_score, given.manual_score, given.needs_manual_grade


@pytest.mark.parametrize("kind", INSTEAD)
def test_it_waits_for_a_person_and_keeps_the_points(released: CourseDir, kind: str) -> None:
    hand_in(released, "ada", lost(released, kind))
    assert [one.outcome for one in grade(released, NAME, jobs=1, execute=marked).results] == ["graded"]
    assert of_written(released) == (None, None, True)
    assert scores(released, NAME).of("ada").status == "needs manual grading"
    page = feedback(released, NAME).pages["ada"].read_text("utf-8")
    assert "not graded yet" in page
    assert "Because" in page
    with open_gradebook(released) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        given.manual_score, given.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    total = scores(released, NAME).of("ada").total
    grade(released, NAME, jobs=1, execute=marked, force=True)
    assert of_written(released)[1] == 1.0
    assert scores(released, NAME).of("ada").total == total


def test_plain_autograde_leaves_it_for_a_person_too(released: CourseDir) -> None:
    hand_in(released, "ada", lost(released, "a call"))
    with log_file(released, "autograde") as log:
        convert(Autograde, released, NAME, log=log)
    assert of_written(released) == (None, None, True)
