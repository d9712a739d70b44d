"""Hidden tests ask something new: other numbers and other shapes than the public ones.

An answer that knows the public examples by heart must not pass the hidden part. Three things can be read off the code:
the hidden part starts a random generator again with a seed of the public part (the same numbers follow); a hidden case
draws exactly the shapes that a public case draws; or it calls an answer with literally the same arguments. In a run
they could not be told from what is allowed: small numbers come again (`for n in (1, 2)`), and arrays that are no draw
have equal shapes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.authoring import code
from grader.authoring.rules.regions import HIDDEN
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Cell, Problem, Source

_SEEDERS = {"default_rng", "RandomState", "SeedSequence", "PCG64", "Philox", "manual_seed", "seed", "Random"}
_DRAWS = {
    "standard_normal", "normal", "uniform", "random", "random_sample", "integers", "randint", "rand", "randn",
    "choice", "exponential", "poisson", "binomial", "standard_cauchy", "rand_like", "randn_like", "bernoulli",
}  # fmt: skip
_COPIES = {"copy", "clone"}


def new_inputs(source: Source) -> Iterator[Problem]:
    """The hidden part of a test repeats neither seed, nor shapes, nor arguments of the public part."""
    functions = {
        node.name for _, tree in trees(source, "answer") for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    for cell, tree in trees(source, "tests"):
        hidden = code.regions(cell.source, HIDDEN)
        public, secret = _Part(), _Part()
        constants = _Constants(code.bound_names(tree))
        for statement in _in_order(tree.body):
            is_hidden = any(first < statement.lineno - 1 < last for first, last in hidden)
            (secret if is_hidden else public).add(statement, functions, constants)
        yield from _repeated(source, cell, public, secret)


def _repeated(source: Source, cell: Cell, public: _Part, secret: _Part) -> Iterator[Problem]:
    for seed, line in secret.seeds.items():
        if seed in public.seeds:
            message = f"the hidden part starts {seed} again, so the public numbers repeat: take another seed."
            yield source.problem(cell, message, line - 1)
    for draws, line in secret.draws.items():
        if draws in public.draws:
            message = (
                f"this hidden case draws the shapes of the public case on line {cell.line + public.draws[draws] - 1}, "
                f"{', '.join(draws)}: choose others, else an answer for these shapes alone passes."
            )
            yield source.problem(cell, message, line - 1)
    for call, line in secret.calls.items():
        if call in public.calls:
            message = (
                f"the hidden part calls {call} with the arguments of line {cell.line + public.calls[call] - 1}: "
                "ask something that the student has not seen."
            )
            yield source.problem(cell, message, line - 1)


@dataclass
class _Part:
    """What the public or the hidden part of a cell uses, each with the line on which it does first."""

    seeds: dict[str, int] = field(default_factory=dict)
    draws: dict[tuple[str, ...], int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def add(self, statement: ast.stmt, functions: set[str], constants: _Constants) -> None:
        """Note what one statement uses; of a compound one its head alone, and what a whole case draws."""
        if _is_case(statement) and (draws := _draws(statement)):
            self.draws.setdefault(draws, statement.lineno)
        for node in _own_expressions(statement):
            judged = any(code.method_calls(node, "check"))
            for call in ast.walk(node):
                if isinstance(call, ast.Call):
                    self._call(call, functions, constants, judged=judged)
        constants.learn(statement)

    def _call(self, call: ast.Call, functions: set[str], constants: _Constants, *, judged: bool) -> None:
        if _last_name(call.func) in _SEEDERS and call.args and _is_literal(call):
            self.seeds.setdefault(f"{_last_name(call.func)}({', '.join(map(ast.unparse, call.args))})", call.lineno)
        if isinstance(call.func, ast.Name) and call.func.id in functions and (call.args or call.keywords):
            written = constants.written(call)
            # Without an array, and apart from any check, it may just make an object that the test goes on to use.
            if written is not None and (judged or _has_array(written)):
                self.calls.setdefault(ast.unparse(written), call.lineno)


class _Constants:
    """Names of a cell that stand for something written out in it, at the point that the walk has reached."""

    def __init__(self, bound: set[str]) -> None:
        self._bound = bound
        self._values: dict[str, ast.expr] = {}

    def learn(self, statement: ast.stmt) -> None:
        """Take over what an assignment says, and forget what else is bound."""
        before = copy.copy(self._values)
        for name in code.bound_names(statement):
            self._values.pop(name, None)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for to, part in pairs:
                if isinstance(to, ast.Name) and (constant := self._constant(part, before)) is not None:
                    self._values[to.id] = constant

    def written(self, node: ast.expr) -> ast.expr | None:
        """The expression with every name of the cell written out; None where that cannot be done."""
        return self._constant(node, self._values)

    def _constant(self, node: ast.expr, values: dict[str, ast.expr]) -> ast.expr | None:
        written: ast.expr = _WriteOut(values).visit(copy.deepcopy(node))
        for part in ast.walk(written):
            if isinstance(part, ast.Name) and part.id in self._bound:
                return None
            if isinstance(part, ast.Call) and _last_name(part.func) in _DRAWS:
                return None
        return written


class _WriteOut(ast.NodeTransformer):
    """Put values in the place of names, and the original in the place of its copy."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name by its value."""
        return self._values.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`x.copy()` by `x`."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in _COPIES and not node.args:
            replaced: ast.AST = self.visit(node.func.value)
            return replaced
        return self.generic_visit(node)


def _in_order(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a cell, inner ones after the head of the outer one."""
    for statement in body:
        yield statement
        for inner in ("body", "orelse", "finalbody"):
            yield from _in_order(getattr(statement, inner, []))


def _own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler):
            yield child


def _is_case(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.With) and any(
        call.name == "case" for item in statement.items for call in code.method_calls(item, "check")
    )


def _draws(case: ast.stmt) -> tuple[str, ...]:
    """What a case draws at random, in order; nothing where a shape is not written out."""
    found = [
        node for node in ast.walk(case) if isinstance(node, ast.Call) and _last_name(node.func) in _DRAWS and node.args
    ]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    if not all(_is_literal(call) for call in found):
        return ()
    return tuple(f"{_last_name(call.func)}({', '.join(map(ast.unparse, call.args))})" for call in found)


def _is_literal(call: ast.Call) -> bool:
    return not any(isinstance(node, ast.Name) for argument in call.args for node in ast.walk(argument))


def _has_array(node: ast.expr) -> bool:
    return any(isinstance(part, ast.List | ast.Tuple) and len(part.elts) > 1 for part in ast.walk(node))


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
