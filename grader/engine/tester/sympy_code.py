"""SymPy runs text as code: `sympify("...")` does, and what `lambdify` prints. That text may be the submission's.

A result that is text in place of an expression, or an object that prints itself as code, would run in the tester when
a test passes it to `simplify` or `lambdify`. So both are watched: only arithmetic, names and calls of functions of
mathematics are run.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.abc
import importlib.machinery
import re
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from grader.engine.encoding.expressions import is_function_name, is_symbol_name

_MODULES = ("math", "cmath", "numpy", "scipy", "mpmath", "torch")
_BUILTINS = ("abs", "max", "min", "pow", "round", "sum", "range", "complex", "float", "int", "bool", "len")
_FUNCTIONS = ("sqrt", "cbrt", "root", "real_root", "diff", "integrate", "limit", "expand", "factor", "simplify")
_NUMBER = re.compile(r"[0-9.eE+-]{1,400}")
_GENERATED = re.compile(r"_lambdifygenerated|_Dummy_\d+")
_OF_PARSER = (
    *(ast.Expression, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List, ast.BinOp),
    *(ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)


class CodeRefused(Exception):
    """Text, or an object, of a kind that SymPy would run as code."""

    told_of_hidden = "The result is no expression of SymPy that a test can use."


def install() -> None:
    """Watch SymPy from now on, whenever it is imported."""
    for name, watch in _WATCHED.items():
        if name in sys.modules:
            watch(sys.modules[name])
    sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules to be watched as ever, and changes them once they have run."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        watch = _WATCHED.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if watch is not None else None
        if watch is None or spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_watch(module: types.ModuleType) -> None:
            run(module)
            watch(module)

        spec.loader.exec_module = run_and_watch  # type: ignore[method-assign]  # of this spec alone
        return spec


def _watch_parser(module: Any) -> None:
    stringify = module.stringify_expr

    @functools.wraps(stringify)
    def checked(*args: Any, **kwargs: Any) -> Any:
        code = stringify(*args, **kwargs)
        _check_parsed(code, args[1] if len(args) > 1 else {})
        return code

    module.stringify_expr = checked


def _watch_lambdify(module: Any) -> None:
    printer = module._EvaluatorPrinter
    doprint = printer.doprint

    @functools.wraps(doprint)
    def checked(*args: Any, **kwargs: Any) -> Any:
        code = doprint(*args, **kwargs)
        _check_printed(code)
        return code

    printer.doprint = checked


_WATCHED: dict[str, Callable[[Any], None]] = {
    "sympy.parsing.sympy_parser": _watch_parser,
    "sympy.utilities.lambdify": _watch_lambdify,
}


def _check_parsed(code: str, own: dict[Any, Any]) -> None:
    """Raise CodeRefused for what is not made of numbers, symbols and functions. `own`: names that the caller gave."""
    import sympy

    for node in ast.walk(_tree(code, "eval")):
        if not isinstance(node, _OF_PARSER):
            raise _refused(type(node).__name__)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if not (is_symbol_name(node.value) or _NUMBER.fullmatch(node.value)):
                raise _refused("text")
        elif isinstance(node, ast.Call):
            _check_call(node, own, sympy)


def _check_call(node: ast.Call, own: dict[Any, Any], sympy: Any) -> None:
    name = getattr(node.func, "id", None)
    if name is None:  # Function('f')(x)
        inner = node.func
        if not (isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in ("Function", "Symbol")):
            raise _refused("a call")
    elif name == "Function":
        if not (len(node.args) == 1 and is_function_name(getattr(node.args[0], "value", None))):
            raise _refused("a function of an unknown name")
    elif name not in own and name not in _FUNCTIONS and name not in ("abs", "max", "min", "pow"):
        found = getattr(sympy, name, None)
        if not isinstance(found, type):
            raise _refused(name)


def _check_printed(code: str) -> None:
    """Raise CodeRefused for what calls anything but mathematics."""
    for node in ast.walk(_tree(code, "exec")):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
        if name.startswith("_") and not _GENERATED.fullmatch(name):
            raise _refused(name)
        if isinstance(node, ast.Name) and hasattr(builtins, name) and name not in _BUILTINS:
            raise _refused(name)
        if isinstance(node, ast.Attribute) and not _is_of_module(node):
            raise _refused(f"an attribute {name!r}")
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Constant) and type(node.value) is str
        ):
            raise _refused("an import" if not isinstance(node, ast.Constant) else "text")


def _is_of_module(node: ast.Attribute) -> bool:
    """Is this a function of a module of mathematics, or one of Python's own functions that are harmless?"""
    value: ast.expr = node
    if node.attr == "reduce" and isinstance(node.value, ast.Name):  # of `functools`, or of one of NumPy's functions
        return True
    while isinstance(value, ast.Attribute):
        value = value.value
    if getattr(value, "id", "") == "builtins":
        return node.attr in _BUILTINS
    return getattr(value, "id", "") in _MODULES


def _tree(code: str, mode: str) -> ast.AST:
    try:
        return ast.parse(code.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(type(error).__name__) from None


def _refused(what: str) -> CodeRefused:
    return CodeRefused(
        f"SymPy would run this as code: it holds {what}. A result of the submission must be an expression of SymPy, no "
        "text and no object of another class."
    )
