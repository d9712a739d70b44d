"""What an answer's functions return, changed on its way to the test: the same in another form, or something vacuous.

This file needs nothing of the grader: proofs run its text in a student's process, too.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Result = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
"""What to return in place of a function's own result: called with the function and what it was called with."""


class Boundary:
    """Between the functions of an answer and whoever calls them from outside.

    A function that calls itself or another one of the same answer gets what that returns, unchanged.

    Args:
        result: what outsiders get.
        methods: whether it goes round the methods of the answer's classes as well.
    """

    def __init__(self, result: Result, *, methods: bool = False) -> None:
        self._result, self._methods = result, methods
        self._inside = False

    def draw(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Put it round the functions of these names, and give the values of these names the same change.

        Classes and functions from elsewhere are left alone.
        """
        for name in names:
            value = namespace.get(name)
            if isinstance(value, types.FunctionType):
                if value.__globals__ is namespace:
                    namespace[name] = self._around(value)
            elif isinstance(value, type):
                self._round_methods(value, namespace)
            elif plain(value):
                namespace[name] = self._result(lambda value=value: value, (), {})

    def _round_methods(self, kind: type, namespace: dict[str, Any]) -> None:
        for name, value in list(vars(kind).items()) if self._methods else ():
            function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            mine = isinstance(function, types.FunctionType) and function.__globals__ is namespace
            if mine and name != "__init__":
                around = self._around(function)
                setattr(kind, name, around if function is value else type(value)(around))

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return function(*args, **kwargs)
            self._inside = True
            try:
                return self._result(function, args, kwargs)
            finally:
                self._inside = False

        return called


def plain(value: Any) -> bool:
    """Whether a value is made of numbers, arrays and containers alone."""
    if type(value) in (list, tuple):
        return all(map(plain, value))
    if type(value) is dict:
        return all(map(plain, value.values()))
    return is_number(value) or type(value) is np.ndarray or is_tensor(value)


def is_number(value: Any) -> bool:
    """Whether it is a real number or a truth value, of Python or of NumPy."""
    return type(value) in (bool, int, float) or isinstance(value, np.bool_ | np.integer | np.floating)


def is_tensor(value: Any) -> bool:
    """Whether it is a tensor that is nothing but numbers: no gradient belongs to it."""
    torch = sys.modules.get("torch")
    if torch is None or type(value) is not torch.Tensor:
        return False
    return bool(not value.requires_grad and value.device.type == "cpu" and value.layout is torch.strided)


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with each number, array and tensor in it changed; the same object if that changed nothing."""
    if type(value) is dict:
        parts = {key: each(part, change) for key, part in value.items()}
        return parts if any(parts[key] is not value[key] for key in value) else value
    if type(value) not in (list, tuple):
        return change(value)
    found = [each(part, change) for part in value]
    return type(value)(found) if any(new is not old for new, old in zip(found, value, strict=True)) else value
