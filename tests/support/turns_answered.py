"""A lecture's *Your turn* cells, answered when it is over: one run shows it untouched, and the solutions right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.authoring import turns
from grader.authoring.source import Cell, Source

KEPT = "answered"
"""Where the outputs of the answers stand in the metadata of the notebook that was run."""


def answers(source: Source) -> list[str]:
    """What a reader with the right answers has for each turn: the answer and, below it, its check."""
    cells = [cell for cell in source.cells if turns.is_turn(cell)]
    return [f"{turns.solved(cell)}\n\n{_check(cell)}" for cell in cells]


def add(notebook: NotebookNode, texts: Sequence[str]) -> None:
    """Let each stub note the names as they are before it, and run its answer among them when the lecture is over."""
    for number, (place, text) in enumerate(zip(_stubs(notebook), texts, strict=True)):
        cell = notebook.cells[place]
        cell.source = f"globals().setdefault('_before', {{}})[{number}] = dict(globals())\n{cell.source}"
        notebook.cells.append(new_code_cell(f"exec({text!r}, _before[{number}])"))


def take_away(notebook: NotebookNode, count: int) -> None:
    """Make it the lecture again, of `count` cells; the outputs of the answers go to its metadata."""
    notebook.metadata[KEPT] = [cell.outputs for cell in notebook.cells[count:]]
    del notebook.cells[count:]
    for place in _stubs(notebook):
        cell = notebook.cells[place]
        cell.source = cell.source.split("\n", 1)[1]


def _check(cell: Cell) -> str:
    return turns.expanded(Source(Path("turn.md"), {}, [cell])).cells[1].source


def _stubs(notebook: NotebookNode) -> list[int]:
    """The places of the cells that a reader writes: each stands before its check."""
    return [
        place - 1
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and "@check.turn" in cell.source
    ]
