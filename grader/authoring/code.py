"""What can be read off the code of a cell without running it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from IPython.core.inputtransformer2 import TransformerManager

CLAIM_OUTCOMES = ("reproduced", "measured", "refuted")


@lru_cache(maxsize=10_000)  # every rule of the build asks for the trees of all cells
def parse(source: str) -> ast.Module:
    """The syntax tree of a cell, to read and not to change: who asks again gets the same. Magics are allowed.

    Raises:
        SyntaxError: with the line inside the cell.
    """
    return ast.parse(TransformerManager().transform_cell(source))


@dataclass(frozen=True)
class Call:
    """A call `owner.name(...)` in a cell, with its line counted from 0."""

    owner: str
    name: str
    node: ast.Call

    @property
    def line(self) -> int:
        """Lines below the first line of the cell."""
        return self.node.lineno - 1

    def keyword(self, name: str) -> ast.expr | None:
        """The expression passed as `name=`, if any."""
        return next((k.value for k in self.node.keywords if k.arg == name), None)


def method_calls(tree: ast.AST, owner: str) -> Iterator[Call]:
    """Calls of the form `owner.something(...)`."""
    return iter(_method_calls(tree).get(owner, ()))


@lru_cache(maxsize=10_000)  # many rules ask, each for another owner
def _method_calls(tree: ast.AST) -> Mapping[str, list[Call]]:
    """All such calls, by owner."""
    calls: dict[str, list[Call]] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            calls.setdefault(node.func.value.id, []).append(Call(node.func.value.id, node.func.attr, node))
    return calls


def literal(node: ast.expr | None) -> object:
    """The value of a literal expression; None for everything else."""
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


@dataclass(frozen=True)
class Claim:
    """A `claims.reproduced/measured/refuted(...)` call: row, outcome, text and line below the cell's first."""

    row: str
    outcome: str
    text: str
    line: int


def claims(tree: ast.AST) -> Iterator[Claim]:
    """The claims that a cell makes; a row or text that is not a string literal comes back as ''."""
    for call in method_calls(tree, "claims"):
        if call.name in CLAIM_OUTCOMES:
            row, text, *_ = *(literal(argument) for argument in call.node.args), None, None
            yield Claim(row if isinstance(row, str) else "", call.name, str(text or ""), call.line)


def regions(source: str, markers: tuple[str, str]) -> list[tuple[int, int]]:
    """First and last line, counted from 0, of each region between two markers, the lines of the markers included."""
    found: list[tuple[int, int]] = []
    first: int | None = None
    for number, line in enumerate(source.split("\n")):
        if markers[0] in line:
            first = number
        elif markers[1] in line and first is not None:
            found.append((first, number))
            first = None
    return found


def top_level_names(tree: ast.Module) -> set[str]:
    """The names that running the code leaves behind."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            names |= bound_names(node)
    return names


def bound_names(tree: ast.AST) -> set[str]:
    """Every name that the code binds anywhere: assignments, imports, definitions, arguments, loops."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.arg():
                names.add(node.arg)
            case ast.alias():
                names.add((node.asname or node.name).split(".")[0])
            case ast.ExceptHandler(name=str() as name):
                names.add(name)
    return names


@lru_cache(maxsize=10_000)
def free_names(tree: ast.AST) -> Mapping[str, int]:
    """Names that the code uses but neither binds nor finds among the builtins, with the line of first use."""
    bound = bound_names(tree) | set(dir(builtins)) | {"get_ipython", "display"}
    free: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in bound:
            free.setdefault(node.id, node.lineno - 1)
    return MappingProxyType(free)
