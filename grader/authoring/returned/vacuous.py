"""Answers that answer nothing: empty, constant, all zero, or the argument itself, as it was or filled with zeros."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.authoring.returned.boundary import Result, is_number
from grader.authoring.returned.scribbled import fill

VACUOUS: dict[str, str] = {
    "none": "return None",
    "list": "return []",
    "array": "return np.array([])",
    "text": 'return ""',
    "zero": "return 0",
    "one": "return 1",
    "half": "return 0.5",
    "zeros": "zeros in place of all the solution's numbers",
    "ones": "ones in place of all the solution's numbers",
    "argument": "returns its first argument",
    "copy": "returns a copy of its first argument",
    "filled": "fills its arguments with zeros, and returns the first",
}
"""The names that `:may_earn:` uses, and what they stand for."""
_CONSTANTS: dict[str, Any] = {
    "none": None,
    "list": [],
    "array": np.array([]),
    "text": "",
    "zero": 0,
    "one": 1,
    "half": 0.5,
}


def returned(kind: str) -> Result:
    """What stands in place of a function's own result."""
    if kind in ("zeros", "ones"):
        return _everywhere(0 if kind == "zeros" else 1)
    if kind in ("argument", "copy"):
        return _first(copy.deepcopy if kind == "copy" else lambda value: value)
    if kind == "filled":
        return _filled_with_zeros
    return lambda *_: copy.copy(_CONSTANTS[kind])


def _everywhere(number: int) -> Result:
    def result(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # The solution works on copies: what it does to its arguments would be an answer, too.
        return _fill(function(*copy.deepcopy(args), **copy.deepcopy(kwargs)), number)

    return result


def _fill(value: Any, number: int) -> Any:
    """The same shapes and types with one number everywhere; None for what is not made of numbers."""
    if type(value) is dict:
        return {key: _fill(part, number) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_fill(part, number) for part in value)
    if is_number(value):
        return type(value)(number)
    if type(value) is np.ndarray and value.dtype.kind in "biufc":
        return np.full_like(value, number)
    if (torch := sys.modules.get("torch")) and isinstance(value, torch.Tensor):
        return value.detach().new_full(value.shape, number)
    return type(value)() if type(value) is str else None


def _filled_with_zeros(_: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    values = [*args, *kwargs.values()]
    fill(values, 0)
    return next(iter(values), None)


def _first(change: Callable[[Any], Any]) -> Result:
    def result(_: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return change(next(iter([*args, *kwargs.values()]), None))

    return result
