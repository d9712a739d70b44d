"""A test cell with other seeds, to see that its verdict is no luck."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from grader.authoring import code

_SEEDED = {"default_rng", "manual_seed", "seed", "RandomState", "PCG64"}
_KEYWORDS = {"seed", "random_state", "generator"}


def seeded_helpers(shared: Iterable[str]) -> frozenset[str]:
    """Functions of the shared cells whose first argument is called `seed`."""
    functions = [node for cell in shared for node in ast.walk(code.parse(cell)) if isinstance(node, ast.FunctionDef)]
    return frozenset(f.name for f in functions if f.args.args and f.args.args[0].arg == "seed")


def seeds(cell: str, helpers: frozenset[str] = frozenset()) -> list[ast.Constant]:
    """The whole numbers in a cell that are seeds: `default_rng(7)`, `manual_seed(7)`, `seed=7`, a helper's first."""
    found = []
    for node in ast.walk(code.parse(cell)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            arguments = [*(node.args[:1] if name in _SEEDED | helpers else []), *_given(node)]
            found += [a for a in arguments if isinstance(a, ast.Constant) and type(a.value) is int]
    return found


def reseeded(cell: str, offset: int, helpers: frozenset[str] = frozenset()) -> str:
    """The cell with `offset` added to each of its seeds."""
    lines = [line.encode() for line in cell.split("\n")]  # columns of the tree count bytes
    for seed in sorted(seeds(cell, helpers), key=lambda s: (s.lineno, s.col_offset), reverse=True):
        assert isinstance(seed.value, int)
        line = lines[seed.lineno - 1]
        number = str(seed.value + offset).encode()
        lines[seed.lineno - 1] = line[: seed.col_offset] + number + line[seed.end_col_offset :]
    return b"\n".join(lines).decode()


def _given(node: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in node.keywords if keyword.arg in _KEYWORDS]
