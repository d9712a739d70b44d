"""What the exercises rule out: an answer that uses it earns nothing here either, and is told where it does."""

from __future__ import annotations

from dataclasses import replace

from nbformat import NotebookNode

from course_lib.ruled_out import CodeCell, Owner, Rules, uses
from course_lib.ruled_out.words import told
from course_lib.selfcheck import cell_roles
from course_lib.selfcheck.report import Report, Verdict


def refused(report: Report, book: NotebookNode) -> Report:
    """The report, with no points for answers that use what the notebook's metadata rules out."""
    code = [_code_cell(cell) for cell in book.cells if cell.cell_type == "code"]
    found = uses(code, Rules.of(book.metadata))
    sentences = {f"{exercise}_tests": told(its, code, exercise) for exercise, its in found.items()}
    exercises = (
        replace(exercise, verdict=Verdict.RULED_OUT, earned=0.0, detail=sentences[exercise.grade_id])
        if exercise.grade_id in sentences
        else exercise
        for exercise in report.exercises
    )
    return replace(report, exercises=tuple(exercises))


def _code_cell(cell: NotebookNode) -> CodeCell:
    return CodeCell(cell.source, _owner(cell), cell_roles.grade_id(cell))


def _owner(cell: NotebookNode) -> Owner:
    if cell_roles.is_test(cell):
        return Owner.TEST
    if not cell_roles.is_given(cell):
        return Owner.STUDENT
    return Owner.TESTS_ONLY if cell_roles.is_tests_only(cell) else Owner.GIVEN
