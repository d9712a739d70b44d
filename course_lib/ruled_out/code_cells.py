"""The code cells of a notebook by who wrote them, and their syntax trees."""

from __future__ import annotations

import ast
import contextlib
import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from IPython.core.inputtransformer2 import TransformerManager

from course_lib.ruled_out.scopes import Binding, bindings

# These magics run the code behind them where the student's names are.
_CELL_MAGICS = re.compile(r"\A(?:\s*%%(?:time|capture|prun)\b[^\n]*(?:\n|\Z))+")
_DEEPEST = 120  # levels of a syntax tree; what people write has 30
TESTS = "_tests"  # what the name of a test has behind that of its exercise
_LINE_MAGIC = re.compile(r"^([ \t]*)%(?:time|prun)[ \t]+(?=\S)", re.MULTILINE)


class Owner(Enum):
    """Who wrote a cell, and who runs it."""

    STUDENT = "student"
    GIVEN = "given"
    TESTS_ONLY = "tests only"
    TEST = "test"


@dataclass(frozen=True)
class CodeCell:
    """A code cell.

    Attributes:
        source: its text.
        owner: who wrote it.
        name: its grade_id: of an answer the name of the exercise, of a test that and `_tests`.
    """

    source: str
    owner: Owner
    name: str = ""

    @property
    def tree(self) -> ast.Module | None:
        """Its syntax tree, its lines where they were; None where there is none to read."""
        return self._read[0]

    @cached_property
    def bound(self) -> tuple[Binding, ...]:
        """What it binds at its top level, in order; nothing where there is no tree."""
        return tuple(bindings(self.tree.body)) if self.tree is not None else ()

    @property
    def is_too_deep(self) -> bool:
        """Whether it is nested so deeply that it is not read."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[ast.Module | None, bool]:
        try:
            tree = _parsed(self.source)
        except (SyntaxError, ValueError):  # it cannot run either; ValueError: a null character
            return None, False
        except (RecursionError, MemoryError):
            return None, True
        return (None, True) if _is_deep(tree) else (tree, False)

    @property
    def beginning(self) -> str:
        """Its first line, by which a person finds it."""
        lines = (line.strip() for line in self.source.split("\n"))
        first = next((line for line in lines if line and not line.startswith("#")), "")
        return first if len(first) <= 50 else f"{first[:49]}…"


def _parsed(source: str) -> ast.Module:
    with contextlib.suppress(SyntaxError):
        return ast.parse(source)  # most cells have no magics, which take IPython its time
    source = _CELL_MAGICS.sub(lambda magics: "#\n" * magics[0].count("\n"), source)
    source = _LINE_MAGIC.sub(r"\1", source)
    tree = ast.parse(TransformerManager().transform_cell(source))
    ast.increment_lineno(tree, _empty_lines(source))  # IPython leaves them out
    return tree


def _empty_lines(source: str) -> int:
    """Lines without anything before the first with something."""
    return source[: len(source) - len(source.lstrip())].count("\n")


def _is_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True
