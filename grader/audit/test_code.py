"""A test cell as code: what its names mean, and which of them are the student's."""

from __future__ import annotations

import ast
import math
import re
import symtable
from collections.abc import Iterator
from functools import cached_property

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib.check.calls import BEGIN_HIDDEN

_TRANSFORM = TransformerManager().transform_cell


class TestCode:
    """The code of one test cell of an author's notebook.

    Args:
        source: the cell's code; magics and shell lines are read as IPython reads them.
        modules: what names of the notebook mean by import: {"np": "numpy", "patch": "unittest.mock.patch"}.
        answers: names that cells bind which students run.
        read: for each function or class of these cells the global names that it reads.
    """

    __test__ = False  # for pytest, which takes the name for a test

    def __init__(
        self, source: str, modules: dict[str, str], answers: frozenset[str], read: dict[str, frozenset[str]]
    ) -> None:
        self.source = source
        self._read = read
        self.tree = parsed(source)
        self._modules = {**modules, **imported(self.tree)}
        self._answers = answers

    @cached_property
    def read(self) -> set[str]:
        """Global names that the student's functions read which the test names, and those that these call."""
        found: set[str] = set()
        new = {node.id for node in self.nodes if isinstance(node, ast.Name)}
        while new:
            read = {name for function in new for name in self._read.get(function, ())}
            new = read - found
            found |= read
        return found

    @cached_property
    def hidden_from(self) -> float:
        """The line where the hidden part begins; infinity where there is none."""
        lines = self.source.split("\n")
        return next((number for number, line in enumerate(lines, 1) if BEGIN_HIDDEN in line), math.inf)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes, from the top."""
        return list(ast.walk(self.tree))

    def dotted(self, node: ast.AST) -> str:
        """The full name that an expression stands for by its imports, such as numpy.linalg.inv; '' for none."""
        if isinstance(node, ast.Name):
            return self._modules.get(node.id, "")
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def uses(self, *names: str) -> Iterator[int]:
        """Lines where one of these full names is used; a name that ends with a dot stands for all below it."""
        for node in self.nodes:
            full = self.dotted(node)
            if full and any(full == name or (name[-1] == "." and full.startswith(name)) for name in names):
                yield node.lineno  # type: ignore[attr-defined]  # an expression has a line

    def is_students(self, node: ast.AST) -> bool:
        """Whether an expression has a name in it that students bind."""
        return any(isinstance(part, ast.Name) and part.id in self._answers for part in ast.walk(node))


def parsed(source: str) -> ast.Module:
    """The tree of a cell as IPython runs it, by its own lines; an empty one where it cannot be read."""
    above = re.match(r"(\s*\n)?(%%(time|timeit|capture|prun)\b.*\n)?", source)
    assert above is not None  # both parts may be missing
    try:
        return ast.parse("\n" * above[0].count("\n") + _TRANSFORM(source[above.end() :]))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def imported(tree: ast.AST) -> dict[str, str]:
    """What a cell's imports bind: {"np": "numpy"}."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                      for a in node.names}  # fmt: skip
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def bound(tree: ast.Module) -> Iterator[str]:
    """Names that a cell binds at its top level, imports left out."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def read_by_functions(tree: ast.Module) -> dict[str, frozenset[str]]:
    """For each function or class of a cell the global names that it reads; none where Python does not compile it."""
    try:
        tables = symtable.symtable(ast.unparse(tree), "cell", "exec").get_children()
    except SyntaxError:
        return {}
    return {table.get_name(): frozenset(_globals(table)) for table in tables}


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced())
    for inner in table.get_children():
        yield from _globals(inner)


def test_codes(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, TestCode]]:
    """The test cells of an author's notebook that the tester runs, in order."""
    modules: dict[str, str] = {}
    answers: set[str] = set()
    read: dict[str, frozenset[str]] = {}
    tests = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        part = cell.metadata.get("nbgrader", {})
        tree = parsed(cell.source)
        modules |= imported(tree)
        if not part.get("grade") or part.get("solution"):
            answers |= set(bound(tree))
            read |= read_by_functions(tree)
        elif cell.metadata.get("in_kernel") is not True and notebook.metadata.get("in_kernel") is not True:
            tests.append(cell)
    for cell in tests:
        yield cell, TestCode(cell.source, modules, frozenset(answers), read)
