"""`f().format(x)` in a test: a template of the submission shows what it is given, and does not reach past that.

`"{0.__init__.__globals__[expected]}"` reads the test's own names from any object with a method: a submission could
show hidden values, or let the result be what the test expects.
"""

from __future__ import annotations

import ast
import re
import string
from typing import Any

NAME = "__checked_template__"
_METHODS = ("format", "format_map")
_PART = re.compile(r"[.\[]([^.\[\]]*)")
_HARMLESS = ("__class__", "__name__", "__qualname__", "__doc__", "__module__")
_FRAMES = ("gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_globals", "f_locals", "f_builtins")


class TemplateRefused(Exception):
    """A test formats with a template that reads the test's own names."""


class Templates(ast.NodeTransformer):
    """Has each template looked at that does not stand in the test as a literal."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Put a call of `checked` around what `.format` is asked of."""
        self.generic_visit(node)
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in _METHODS and not isinstance(func.value, ast.Constant):
            call = ast.Call(ast.Name(NAME, ast.Load()), [func.value], [])
            ast.copy_location(call.func, func.value)
            func.value = ast.copy_location(call, func.value)
        return node


def checked(template: Any) -> Any:
    """The same object. Raises TemplateRefused for text with a field that reaches past what it is given."""
    __tracebackhide__ = True
    if isinstance(template, str):
        _check(template)
    return template


def _check(template: str) -> None:
    try:
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return  # `format` says the same
    for name, spec in fields:
        for part in _PART.findall(name):
            if (part.startswith("__") and part not in _HARMLESS) or part in _FRAMES:
                raise TemplateRefused(
                    f"A template that is formatted in a test cannot read {part}, since the submission could read the "
                    "test's own names that way. Let the answer return the text itself, or mark the cell `in_kernel`."
                )
        if spec:
            _check(spec)
