"""What the names of the author's notebook are bound to: it decides what a name in a test means, and never a submission.

Looked at are the cells that students run, given ones and answers. Found once for each notebook, by its code alone.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

STAR = "*"
_PYLAB = "import numpy, numpy as np, matplotlib, matplotlib.pyplot as plt\nfrom matplotlib.pylab import *"
_COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


@dataclass(frozen=True)
class Binding:
    """One name that a cell binds.

    Attributes:
        cell: position of the cell in the author's notebook.
        name: the name; STAR for whatever the module of a `from module import *` gives.
        target: `module` or `module:attribute` that is imported, '' where it is bound in another way.
    """

    cell: int
    name: str
    target: str


@dataclass(frozen=True)
class AuthorNames:
    """The names of one notebook.

    Attributes:
        bindings: of the cells that students run, in order.
        free: names of the notebook that functions of these cells refer to.
        loaded: names that these cells load before they bind them themselves.
        preload: targets that a tester which runs no shared cell imports before the first test.
    """

    bindings: tuple[Binding, ...]
    free: frozenset[str]
    loaded: frozenset[str]
    preload: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A code cell of the author's: position, code; does the tester run it too? Are students given it?"""

    index: int
    source: str
    shared: bool
    given: bool


@lru_cache(maxsize=64)
def author_names(cells: tuple[Code, ...]) -> AuthorNames:
    """The names of the cells that students run. What is no Python has none."""
    bindings: list[Binding] = []
    free: set[str] = set()
    loaded: set[str] = set()
    preload: list[str] = []
    any_shared = any(cell.shared for cell in cells)
    for cell in cells:
        tree = parsed(cell.source)
        if tree is None:
            continue
        free |= _free_in_functions(tree)
        _Loads(loaded).run(tree.body)
        if cell.shared:
            continue
        found = list(dict.fromkeys(_bound(tree.body)))
        bindings += [Binding(cell.index, name, target) for name, target in found]
        if cell.given and not any_shared:
            preload += [target for _, target in found if target]
            preload += [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    return AuthorNames(tuple(bindings), frozenset(free), frozenset(loaded), tuple(dict.fromkeys(preload)))


def parsed(source: str) -> ast.Module | None:
    """A cell as Python; its magics as IPython has them, `%pylab` as the imports that it stands for."""
    from grader.engine.shell.known_cells import known_cell  # it needs IPython

    source = "\n".join(_PYLAB if line.startswith("%pylab") else line for line in source.split("\n"))
    known = known_cell(source)
    try:
        return ast.parse(known[0] if known is not None else source)
    except (SyntaxError, ValueError):
        return None


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import binds, each with its target."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    elif not node.level and node.module != "__future__":
        for alias in node.names:
            yield (
                (STAR, str(node.module))
                if alias.name == "*"
                else (
                    alias.asname or alias.name,
                    f"{node.module}:{alias.name}",
                )
            )


def _bound(body: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """The names that these statements bind at the top level of their cell, each with its target."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, ""
            declared = (part for part in ast.walk(node) if isinstance(part, ast.Global))
            yield from ((name, "") for part in declared for name in part.names)
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            walrus = (part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            yield from ((target.id, "") for target in walrus)
        else:
            name = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else None
            if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
                name = node.name
            elif isinstance(node, ast.MatchMapping):
                name = node.rest
            if name:
                yield name, ""
            yield from _bound(ast.iter_child_nodes(node))


def _free_in_functions(tree: ast.Module) -> set[str]:
    tables = symtable.symtable(ast.unparse(tree), "<cell>", "exec").get_children()  # without magics
    # Comprehensions of the top level run in its order.
    return set().union(*(_free(table) for table in tables if table.get_name() not in _COMPREHENSIONS))


def _free(table: symtable.SymbolTable) -> set[str]:
    """The names of the notebook that a function or class refers to, and those within it."""
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
    return found.union(*map(_free, table.get_children()))


class _Loads(ast.NodeVisitor):
    """Notes the names that the top level loads before it has stored them itself, in the order in which it runs."""

    def __init__(self, used: set[str]) -> None:
        self._used = used
        self._stored: set[str] = set()

    def run(self, nodes: Sequence[ast.AST | None]) -> None:
        """Visit these, one after the other."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """A load, a store or a deletion."""
        if isinstance(node.ctx, ast.Store):
            self._stored.add(node.id)
        elif node.id not in self._stored:
            self._used.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value comes first."""
        self.run([node.value, *node.targets])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """A declaration without a value binds nothing."""
        self.run([node.annotation, *([node.value, node.target] if node.value else [])])

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """The target is loaded too."""
        if isinstance(node.target, ast.Name) and node.target.id not in self._stored:
            self._used.add(node.target.id)
        self.run([node.value, node.target])

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """The value comes first."""
        self.run([node.value, node.target])

    def visit_For(self, node: ast.For) -> None:
        """What it goes through comes first."""
        self.run([node.iter, node.target, *node.body, *node.orelse])

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """It stores."""
        self._stored.update(name for name, _ in imported(node))

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Its body runs later; see `_free`."""
        self.run([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self._stored.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body is a scope of its own; see `_free`."""
        self.run([*node.decorator_list, *node.bases, *(word.value for word in node.keywords)])
        self._stored.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Its body runs later; see `_free`."""
        self.run([*node.args.defaults, *node.args.kw_defaults])

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        """Its variables are its own."""
        self._comprehension(node.generators, [node.elt])

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """Its variables are its own."""
        self._comprehension(node.generators, [node.key, node.value])

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> None:
        outer = set(self._stored)
        for part in generators:
            self.run([part.iter, part.target, *part.ifs])
        self.run(results)
        self._stored = outer
