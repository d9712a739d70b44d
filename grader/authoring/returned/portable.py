"""The change of what an answer returns as a piece of a notebook: where the answer runs, nothing knows the grader."""

from __future__ import annotations

import ast
import functools
import inspect

from grader.authoring.returned import boundary, result_forms


def in_form(answer: str, names: list[str], form: str) -> str:
    """The answer cell whose functions return this form."""
    draw = f"Boundary(Returned({form!r})).draw(names, {names!r})"
    lines = (
        "_course_forms = {'__name__': 'course_forms'}",
        f"exec(compile({_code()!r}, 'course_forms', 'exec'), _course_forms)",
        f"exec({draw!r}, _course_forms | {{'names': globals()}})",
    )
    return "\n".join([answer, *lines])


@functools.cache
def _code() -> str:
    """The code of `boundary` and `forms` in one piece."""
    pieces = [ast.parse(inspect.getsource(module)) for module in (boundary, result_forms)]
    nodes = [node for piece in pieces for node in piece.body if not _joins(node)]
    return "from __future__ import annotations\n" + ast.unparse(ast.Module(nodes, []))


def _joins(node: ast.stmt) -> bool:
    """Whether it is an import that the one piece has no need of."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("grader.", "__future__"))
