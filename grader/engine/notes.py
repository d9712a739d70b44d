"""Notes that grading leaves in a cell's metadata for the report: what happened to this cell, in words."""

from __future__ import annotations

from nbformat import NotebookNode

KEY = "grading_notes"


def add_note(cell: NotebookNode, text: str) -> None:
    """Leave `text` in the cell; the same text twice is one note."""
    notes = cell.metadata.setdefault(KEY, [])
    if text not in notes:
        notes.append(text)


def notes_of(notebook: NotebookNode) -> list[str]:
    """All notes of a graded notebook, in the order of its cells."""
    return [str(note) for cell in notebook.cells for note in cell.metadata.get(KEY, [])]


def clear_notes(notebook: NotebookNode) -> None:
    """Take out notes that came with a submission: only grading may write them."""
    for cell in notebook.cells:
        cell.metadata.pop(KEY, None)
