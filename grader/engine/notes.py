"""What grading writes into a graded notebook: notes at cells, and a report on the whole, for the feedback page."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

KEY = "grading_notes"
REPORT = "grading"


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


def leave_report(notebook: NotebookNode, *, repairs: Sequence[str], isolated: bool = True) -> None:
    """Leave the repairs in the notebook, and whether the submission was kept apart from the machine while it ran."""
    notebook.metadata[REPORT] = NotebookNode(repairs=list(repairs), isolated=isolated)


def leave_isolation(notebook: NotebookNode, isolated: bool) -> None:
    """Leave in the report whether the submission was kept apart; an earlier step has left the rest."""
    notebook.metadata.setdefault(REPORT, NotebookNode(repairs=[]))["isolated"] = isolated
