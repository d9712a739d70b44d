"""What the code of a test cell may put in another's place: found once, for a whole class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from grader.engine.author_names import STAR, imported, parsed
from grader.engine.encoding.tags import Node

_BY_PATH = ("patch", "setattr", "delattr", "multiple", "dict")
_BY_OBJECT = ("setattr", "delattr", "object")


@lru_cache(maxsize=256)
def test_cell_code(source: str) -> Node:
    """The names that a cell imports, each with its target; the attributes that it may replace; is it the environment?

    An attribute is [name, path below it], the name '' for a path that begins with a module.
    """
    tree = parsed(source)
    if tree is None:
        return [[], [], False]
    imports = [
        pair for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for pair in imported(node)
    ]
    places = dict.fromkeys(place for node in ast.walk(tree) for place in _replaced(node))
    environment = "environ" in source or "env(" in source
    return [[list(pair) for pair in imports if pair[0] != STAR], [list(place) for place in places], environment]


def _replaced(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What this node may replace: `np.linalg.inv = f`, `setattr(np, "sum", f)`, `patch("builtins.input")`."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        yield from _chain(node)
    if not isinstance(node, ast.Call) or not node.args:
        return
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0]
    second = node.args[1] if len(node.args) > 1 else None
    words = [word.arg for word in node.keywords if word.arg] if called == "multiple" else []
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and called in _BY_PATH:
        paths = [f"{first.value}.{word}" for word in words] if words else [first.value]
        yield from (("", path) for path in paths if "." in path)
    elif isinstance(first, ast.Name | ast.Attribute) and called in (*_BY_OBJECT, "multiple"):
        if isinstance(second, ast.Constant) and isinstance(second.value, str):
            words = [second.value]
        for word in words:
            yield from _chain(ast.Attribute(first, word, ast.Store()))


def _chain(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    """`a.b.c` as ('a', 'b.c'), if it is as plain as that."""
    path = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        path.append(value.attr)
        value = value.value
    if isinstance(value, ast.Name):
        yield value.id, ".".join(reversed(path))
