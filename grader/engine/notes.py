"""What grading writes into a graded notebook: notes at cells, and a report on the whole, for the feedback page."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from grader.engine.isolation import Isolation
from grader.engine.notebook_run import CellReport
from grader.engine.student_session import Outcome

KEY = "grading_notes"
REPORT = "grading"
SUBMITTED = "submitted"  # in the report: the digest of what was handed in


def add_note(cell: NotebookNode, text: str) -> None:
    """Leave `text` in the cell; the same text twice is one note."""
    notes = cell.metadata.setdefault(KEY, [])
    if text not in notes:
        notes.append(text)


def notes_of(notebook: NotebookNode) -> list[str]:
    """All notes of a graded notebook, in the order of its cells."""
    return [str(note) for cell in notebook.cells for note in cell.metadata.get(KEY, [])]


def name_of(cell: NotebookNode) -> str:
    """The grade_id of a cell, or words for one that has none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", "a cell without a name"))


def leave_report(notebook: NotebookNode, *, repairs: Sequence[str], isolation: Isolation = Isolation.SANDBOX) -> None:
    """Leave the repairs in the notebook, and how the submission was kept apart from the machine while it ran."""
    notebook.metadata[REPORT] = NotebookNode(repairs=list(repairs))
    leave_isolation(notebook, isolation)


def leave_isolation(notebook: NotebookNode, isolation: Isolation) -> None:
    """Leave in the report how the submission was kept apart, and the sentence on it for its page."""
    report = notebook.metadata.setdefault(REPORT, NotebookNode(repairs=[]))
    report.update(isolation=str(isolation), remark=isolation.remark)


def leave_submitted(notebook: NotebookNode, digest: str) -> None:
    """Leave in the report which submission this is; an earlier step has left the rest."""
    notebook.metadata[REPORT][SUBMITTED] = digest


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
