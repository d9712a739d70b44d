"""What the students of a class answered and how the cases of their tests went, from their graded notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nbformat.v4
from nbformat import NotebookNode
from nbgrader import utils

from grader.course_dir import CourseDir
from grader.exchange.case_results import case_results
from grader.exchange.gradebook import notebooks_of, open_gradebook
from grader.exchange.report.mistakes import Answered
from grader.exchange.scores import Exercise

Answers = dict[str, dict[str, Answered]]
"""By the name of the exercise and the student's id."""


def class_results(
    course: CourseDir, assignment: str, exercises: Sequence[Exercise], students: Sequence[str]
) -> tuple[Answers, datetime | None]:
    """The answers of these students, and when the last of their notebooks was graded."""
    with open_gradebook(course) as gradebook:
        notebooks = notebooks_of(gradebook, assignment)
    names = {(one.notebook, one.cell): one.name for one in exercises}
    found: Answers = {one.name: {} for one in exercises}
    times = []
    for student in students:
        for notebook in notebooks:
            path = course.autograded(assignment, student, notebook)
            if not path.is_file():
                continue
            times.append(path.stat().st_mtime)
            for cell, answer in _answers_in(path):
                name = names.get((notebook if len(notebooks) > 1 else "", cell))
                if name is not None:
                    found[name][student] = answer
    return found, datetime.fromtimestamp(max(times), UTC) if times else None


def _answers_in(path: Path) -> Iterator[tuple[str, Answered]]:
    """Each test cell of a graded notebook by its name, with the answer that stands before it."""
    notebook = nbformat.v4.reads_json(path.read_text("utf-8"))  # as grading wrote it: it need not be validated again
    answers: list[NotebookNode] = []
    tested = False
    for cell in notebook.cells:
        if utils.is_solution(cell) and not utils.is_grade(cell) and cell.cell_type == "code":
            answers = [cell] if tested else [*answers, cell]
            tested = False
        elif utils.is_grade(cell) and (cases := case_results(cell)):
            source = "\n\n".join(answer.source for answer in answers)
            errors = [o.ename for answer in answers for o in answer.outputs if o.output_type == "error"]
            yield str(cell.metadata.nbgrader.grade_id), Answered(tuple(cases), source, "".join(errors[-1:]))
            tested = True
