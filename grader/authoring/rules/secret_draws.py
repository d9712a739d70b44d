"""Hidden cases draw from the course's secret, and only they: everybody can read the seeds of a public repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.rules.regions import HIDDEN
from grader.authoring.rules.syntax_trees import trees
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
        for name, line in _carried_on(cell, tree):
            message = (
                f"the hidden part goes on with {name}, which is seeded in the public part, so everybody knows what it "
                f'draws. Begin the hidden part with {name} = check.rng("{cell.name}"), or say why the numbers are '
                f"fixed: `:{FIXED}: why`."
            )
            yield source.problem(cell, message, line)
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


def _carried_on(cell: Cell, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Generators of the public part that the hidden part draws from, each with the first line that does."""
    bound: dict[str, list[tuple[int, bool]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known = isinstance(node.value, ast.Call) and _seeded(node.value)
            bound.setdefault(node.targets[0].id, []).append((node.lineno, known))
    told: set[str] = set()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    for name in sorted(names, key=lambda node: node.lineno):
        above = [pair for pair in bound.get(name.id, ()) if pair[0] < name.lineno]
        if not above or name.id in told or not _is_hidden(cell, name.lineno - 1):
            continue
        line, known = max(above)
        if known and not _is_hidden(cell, line - 1):
            told.add(name.id)
            yield name.id, name.lineno - 1


def _seeded(call: ast.Call) -> bool:
    """Is this a generator made or set with numbers that stand in the code?"""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [*call.args, *(word.value for word in call.keywords)]
    return name in _SEEDERS and bool(given) and all(code.literal(value) is not None for value in given)
