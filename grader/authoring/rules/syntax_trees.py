"""The cells of a source by what they are, and their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.source import Cell, Source


def code_cells(source: Source) -> Iterator[Cell]:
    """The cells that a kernel runs."""
    return (cell for cell in source.cells if cell.is_code)


def trees(source: Source, *kinds: str) -> Iterator[tuple[Cell, ast.Module]]:
    """The code cells of these kinds (by default all) with their trees; what is not Python is left out."""
    for cell in code_cells(source):
        if not kinds or cell.kind in kinds:
            try:
                yield cell, code.parse(cell.source)
            except SyntaxError:
                continue  # the rule of the layout reports it


def names_of_answers(source: Source) -> set[str]:
    """What the answer cells define: the names under which tests know the student's work."""
    return {name for _, tree in trees(source, "answer") for name in code.top_level_names(tree)}
