"""A made-up class whose graded notebooks say what a test wants them to say: nothing is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from support.grading_course import NAME, answered, hand_in

from course_lib.check.score import SCORE_MIME
from grader.course_dir import CourseDir
from grader.engine.job import ExecutedNotebook, Job
from grader.exchange.batch import grade
from grader.exchange.case_results import CaseResult
from grader.exchange.gradebook import open_gradebook

Cases = Sequence[CaseResult]
WHOSE = "whose.txt"


def score(cases: Cases) -> list[Any]:
    """The outputs of a test cell that came to its end."""
    record = [
        {"name": c.name, "points": c.out_of, "earned": c.points, "hidden": c.hidden, "message": c.message}
        for c in cases
    ]
    shown = {SCORE_MIME: {"out_of": sum(c.out_of for c in cases), "cases": record}}
    earned = str(sum(c.points for c in cases))
    return [
        new_output("display_data", data=shown),
        new_output("execute_result", data={"text/plain": earned}, execution_count=1),
    ]


def error(name: str, value: str) -> Any:
    """The output of a cell that ends with an error."""
    return new_output("error", ename=name, evalue=value, traceback=[])


def _say(
    outputs: Mapping[str, Mapping[str, list[Any]]], notebook: NotebookNode, job: Job, files: Mapping[str, bytes]
) -> ExecutedNotebook:
    """Gives each cell the outputs that are meant for the student whom a file beside the notebook names."""
    mine = outputs[files[WHOSE].decode()]
    for cell in notebook.cells:
        part = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and (part.get("grade") or part.get("solution")):
            cell["outputs"] = list(mine.get(part["grade_id"], []))
    return ExecutedNotebook(notebook)


def grade_as(
    course: CourseDir, answers: Mapping[str, Mapping[str, str]], outputs: Mapping[str, Mapping[str, list[Any]]]
) -> None:
    """Grade a class in which each student gives these answers, and whose cells show these outputs, by grade_id."""
    for student, given in answers.items():
        path = hand_in(course, student, answered(course, **given))
        path.with_name(WHOSE).write_text(student, "utf-8")
    report = grade(course, NAME, list(answers), jobs=1, execute=partial(_say, outputs))
    assert not report.of("not graded"), report


def enter(course: CourseDir, **names: tuple[str, str]) -> None:
    """Enter first and last names in the gradebook."""
    with open_gradebook(course) as gradebook:
        for student, (first, last) in names.items():
            gradebook.update_or_create_student(student, first_name=first, last_name=last)
