"""Code without what two writers of the same answer choose each for themselves: names, comments, docstrings, layout."""

from __future__ import annotations

import ast


def normal_form(source: str) -> str:
    """The code in a form that is the same for the same answer with other names; '' for what is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return ast.dump(_Renamed(_bound_in(tree)).visit(tree)) if tree.body else ""


def _bound_in(tree: ast.AST) -> set[str]:
    """The names that the code makes itself; those of libraries and built-in ones stay."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
    return bound


class _Renamed(ast.NodeTransformer):
    """Gives each name that the code makes a number, in the order of their first appearance."""

    def __init__(self, bound: set[str]) -> None:
        self._bound = bound
        self._numbers: dict[str, str] = {}

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.name = self._new(node.name)
            node.body = _without_docstring(node.body)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = self._new(node.arg), None
        elif isinstance(node, ast.Name):
            node.id = self._new(node.id)
        return super().generic_visit(node)

    def _new(self, name: str) -> str:
        return self._numbers.setdefault(name, f"_{len(self._numbers)}") if name in self._bound else name


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] if said else body
