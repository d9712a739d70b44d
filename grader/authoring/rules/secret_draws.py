"""Hidden cases draw from the course's secret, and only they: everybody can read the seeds of a public repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.rules.cells import trees
from grader.authoring.rules.regions import HIDDEN
from grader.authoring.source import Cell, Problem, Source

FIXED = "fixed_hidden"
_SEEDERS = {"default_rng", "RandomState", "SeedSequence", "PCG64", "Philox", "MT19937", "SFC64", "manual_seed", "seed"}
_SEEDERS |= {"Random", "PCG64DXSM"}


def secret_in_hidden_parts_only(source: Source) -> Iterator[Problem]:
    """`check.rng` stands in hidden parts: a public case must be the same for the student and for the grader."""
    for cell, tree in trees(source):
        for call in code.method_calls(tree, "check"):
            if call.name == "rng" and not (cell.kind == "tests" and _is_hidden(cell, call.line)):
                message = (
                    "check.rng outside of a hidden part: the grader would draw other numbers than the student saw. "
                    "Take np.random.default_rng(3) here, and check.rng below ### BEGIN HIDDEN TESTS."
                )
                yield source.problem(cell, message, call.line)


def no_known_seeds(source: Source) -> Iterator[Problem]:
    """A hidden part does not seed a generator with a number that stands there, unless its author says why."""
    for cell, tree in trees(source, "tests"):
        if _reason(cell):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _seeded(node) and _is_hidden(cell, node.lineno - 1):
                message = (
                    f"{ast.unparse(node)} in a hidden part: whoever reads this file knows what it draws. Draw from "
                    f'check.rng("{cell.name}"), or say why the numbers are fixed: `:{FIXED}: why`.'
                )
                yield source.problem(cell, message, node.lineno - 1)


def reasons(source: Source) -> Iterator[Problem]:
    """`:fixed_hidden:` says why, and stands where there is a hidden part."""
    for cell in source.cells:
        if FIXED not in cell.options:
            continue
        if not _reason(cell):
            yield source.problem(cell, f"`:{FIXED}:` needs the reason in words.")
        elif cell.kind != "tests" or not code.regions(cell.source, HIDDEN):
            yield source.problem(cell, f"`:{FIXED}:` stands in a cell without hidden tests.")


def _reason(cell: Cell) -> str:
    why = cell.options.get(FIXED)
    return why.strip() if isinstance(why, str) else ""


def _is_hidden(cell: Cell, line: int) -> bool:
    return any(first < line < last for first, last in code.regions(cell.source, HIDDEN))


def _seeded(call: ast.Call) -> bool:
    """Is this a generator made or set with numbers that stand in the code?"""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [*call.args, *(word.value for word in call.keywords)]
    return name in _SEEDERS and bool(given) and all(code.literal(value) is not None for value in given)
