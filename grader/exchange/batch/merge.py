"""Regrade one exercise: the graded notebook keeps the outcome of all the others."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.exchange.batch.worker import as_text


def merged(old: Path, new: str, only: Collection[str]) -> str:
    """The new graded notebook, with the other exercises' test cells as they are in the old one."""
    before = {_graded(cell): cell for cell in nbformat.read(old, as_version=4).cells if _graded(cell)}
    notebook = nbformat.reads(new, as_version=4)
    notebook.cells = [
        before.get(_graded(cell), cell) if _graded(cell) and _graded(cell) not in only else cell
        for cell in notebook.cells
    ]
    return as_text(notebook)


def _graded(cell: NotebookNode) -> str:
    part = cell.metadata.get("nbgrader", {})
    return str(part["grade_id"]) if part.get("grade") else ""
