"""Classes that a test derives from one of the notebook: their methods are functions of the test."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any


def subclass(first: type, name: str, others: list[type], parts: list[tuple[str, str, Any]], **keywords: Any) -> type:
    """The class of these bases. Each part is a name, a kind of `_MAKERS`, and a value or the functions to call."""
    namespace = {key: _MAKERS[kind](key, value) for key, kind, value in parts}

    def fill(made: dict[str, Any]) -> None:
        made.update(namespace)
        made["__module__"], made["__qualname__"] = "__main__", name

    return types.new_class(name, (first, *others), keywords, fill)


def of_super(kind: type, self: Any, name: str) -> Any:
    """`super(kind, self).name`."""
    return getattr(super(kind, self), name)


def _function(name: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    """A function that becomes a method, as no other callable does."""

    def method(*args: Any, **kwargs: Any) -> Any:
        return callback(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    return method


def _property(name: str, *parts: Any) -> property:
    fget, fset, fdel = (part and _function(name, part) for part in parts)
    return property(fget, fset, fdel)


_MAKERS: dict[str, Callable[[str, Any], Any]] = {
    "function": _function,
    "staticmethod": lambda name, value: staticmethod(_function(name, value)),
    "classmethod": lambda name, value: classmethod(_function(name, value)),
    "property": lambda name, value: _property(name, *value),
    "value": lambda _, value: value,
}
