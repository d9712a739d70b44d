"""The teaching pattern: what stands open is the idea itself. Asked from module 05 on, and where a header says so."""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring.folding import calls, folded
from grader.authoring.rules.cells import trees
from grader.authoring.source import Problem, Source

MAX_OPEN_LINES = 15


def open_cells(source: Source) -> Iterator[Problem]:
    """An open cell is the idea: short, and without drawing or checking."""
    if not source.follows_pattern:
        return
    titles = folded(source)
    closed = {id(source.cells[place]) for place in titles}
    for cell, tree in trees(source, "given", "shared"):
        if id(cell) in closed:
            continue
        if (lines := cell.source.count("\n") + 1) > MAX_OPEN_LINES:
            message = f"an open cell of {lines} lines, {MAX_OPEN_LINES} is the limit: split it, or fold it by "
            yield source.problem(cell, message + "`:tags: [fold]` and a `:title:`.")
        for owner in ("vis", "claims"):
            if calls(tree, owner):
                yield source.problem(cell, f"an open cell that calls {owner}: move that into a cell of its own.")
