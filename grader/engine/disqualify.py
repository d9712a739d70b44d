"""An answer that uses what its exercise rules out earns nothing, is told why, and the instructor is told, too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import determine_grade

from course_lib.check.score import SCORE_MIME
from course_lib.check.text_table import points_of
from course_lib.ruled_out import CodeCell, Owner, Rules, evasions, uses
from course_lib.ruled_out.words import evasion_told, told
from grader.engine.cell_plan import grade_id
from grader.engine.notes import add_note

TESTS_ONLY = "tests_only"


def take_points(notebook: NotebookNode, source: NotebookNode | None) -> None:
    """Take the points of each test of a graded notebook whose answer uses what is ruled out.

    Args:
        notebook: the submission, run; its test cells hold their verdicts.
        source: the instructor's version. It says what is ruled out and which cells are the student's; without it
            nothing is ruled out.
    """
    if source is None or not (rules := Rules.of(source.metadata)):
        return
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = _code_cells(code, source)
    for exercise, found in uses(cells, rules).items():
        for cell, read in zip(code, cells, strict=True):
            if read.owner is Owner.TEST and read.name == f"{exercise}_tests":
                _refuse(cell, read.name, told(found, cells, exercise))
    for evasion in evasions(cells):
        where = cells[evasion.cell].name or f'the cell that begins with "{cells[evasion.cell].beginning}"'
        add_note(code[evasion.cell], f"{where}: {evasion_told(evasion)}")


def _code_cells(code: Sequence[NotebookNode], source: NotebookNode) -> list[CodeCell]:
    """The code of a submission by who wrote it, as the instructor's notebook has it."""
    owners = {grade_id(cell): _owner(cell) for cell in source.cells if grade_id(cell)}
    return [_code_cell(cell.source, owners.get(name := grade_id(cell), Owner.STUDENT), name) for cell in code]


@lru_cache(maxsize=256)
def _code_cell(source: str, owner: Owner, name: str) -> CodeCell:
    """The same object for the same cell: what is not the student's is taken apart once for a whole class."""
    return CodeCell(source, owner, name)


def _owner(cell: NotebookNode) -> Owner:
    part = cell.metadata["nbgrader"]
    if part.get("solution") or not (part.get("grade") or part.get("locked")):
        return Owner.STUDENT
    if part.get("grade"):
        return Owner.TEST
    return Owner.TESTS_ONLY if TESTS_ONLY in cell.metadata.get("tags", []) else Owner.GIVEN


def _refuse(cell: NotebookNode, name: str, sentence: str) -> None:
    """Put the sentence and no points in the place of a verdict; what else the cell shows stays."""
    earned, worth = determine_grade(cell)
    add_note(cell, f"{name}: {sentence} It earns nothing; its cases alone would give {points_of(earned or 0, worth)}.")
    message = f"{sentence} It earns {points_of(0, worth)}."
    data = {"text/plain": message, "text/html": f"<p><strong>{escape(message)}</strong></p>"}
    record: dict[str, object] = {"out_of": worth, "cases": []}
    kept = []
    for output in cell.outputs:
        if SCORE_MIME in output.get("data", {}):  # its total would say otherwise
            record = output.data[SCORE_MIME]
            for case in record["cases"]:  # type: ignore[attr-defined]  # the record of check.score
                case |= {"earned": 0.0, "message": message}
        elif output.output_type != "execute_result":
            kept.append(output)
    shown = new_output("display_data", data=data | {SCORE_MIME: record})
    points = new_output("execute_result", data={"text/plain": "0.0"}, execution_count=cell.execution_count)
    cell["outputs"] = [shown, points, *kept]
