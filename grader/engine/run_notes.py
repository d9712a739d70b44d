"""What a run leaves at the cells of the graded notebook: a note where a person should know of it."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from grader.engine.notebook_run import CellReport
from grader.engine.notes import add_note, name_of
from grader.engine.student_session import Outcome


def add_notes(notebook: NotebookNode, reports: Sequence[CellReport]) -> None:
    """Leave a note at each cell that did not run like any other."""
    for report in reports:
        cell = notebook.cells[report.index]
        for text in sentences(report):
            add_note(cell, f"{name_of(cell)}: {text}")


def sentences(report: CellReport) -> list[str]:
    """What a person should know of a cell's run; nothing for a run like any other."""
    if report.outcome is Outcome.DIED:
        return [f"its process ended: {report.reason}" if report.reason else "its process ended"]
    if report.outcome is Outcome.SKIPPED:
        return ["not run: the time of the submission was used up"]
    said = [f"stopped after {report.limit:g} s"] if report.outcome is Outcome.TIMEOUT else []
    if report.slow:
        said.append(f"a call of the test took too long, and was stopped after {report.slow[0]:.3g} s")
    if report.deaths:
        said.append("a call of the test ended the process of the submission")
    return said
