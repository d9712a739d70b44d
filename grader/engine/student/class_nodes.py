"""What the tester is told about classes of the notebook: names, bases, and the special methods of their objects."""

from __future__ import annotations

import collections
import os
import sys
from collections.abc import Callable
from typing import Any

from grader.engine.capabilities import capabilities, to_bytes
from grader.engine.encoding.tags import Node

_MOST_BASES = 32


class ClassNodes:
    """The nodes of classes, each made once.

    Args:
        number: gives an object its number.
    """

    def __init__(self, number: Callable[[Any], int]) -> None:
        self._number = number
        self._made: dict[int, tuple[type, Node]] = {}

    def of(self, kind: type) -> Node:
        """The names of the class and its bases; of those made in the notebook number, abilities and own bases too."""
        known = self._made.get(id(kind))  # by identity: a metaclass may compare classes in its own way
        if known is None:
            known = self._made[id(kind)] = kind, self._described(kind)
        return known[1]

    def _described(self, kind: type) -> Node:
        bases = bases_of(kind)[:_MOST_BASES]
        places = {id(base): position for position, base in enumerate(bases)}
        parts = []
        for base in bases:
            if is_of_notebook(base):
                positions = [places[id(b)] for b in bases_of(base) if id(b) in places]
                abilities, of_class = to_bytes(capabilities(base)), to_bytes(capabilities(type(base)))
                names = [qualified(meta) for meta in bases_of(type(base))[:_MOST_BASES]]
                parts.append([self._number(base), abilities, of_class, names, positions])
        return [[qualified(base) for base in bases], parts]


def bases_of(kind: type) -> tuple[type, ...]:
    """The class and its bases, whatever it says itself."""
    found: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return found


def is_of_notebook(kind: type) -> bool:
    """Was this class made in the notebook, or in a file beside it?"""
    module = type.__dict__["__dict__"].__get__(kind).get("__module__")
    if type(module) is not str:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return module == "__main__" or (type(file) is str and file.startswith(os.getcwd() + os.sep))


def is_class(value: Any) -> bool:
    """Is this a class in truth?"""
    return type in bases_of(type(value))


def qualified(kind: type) -> str:
    """The full name of a class."""
    module = type.__dict__["__dict__"].__get__(kind).get("__module__", "builtins")
    return f"{module if type(module) is str else 'builtins'}.{type.__dict__['__qualname__'].__get__(kind)}"[:200]


def fields_of_named_tuple(kind: type) -> list[str] | None:
    """The fields of a class that is a named tuple and nothing more; None for every other class."""
    own = type.__dict__["__dict__"].__get__(kind)
    fields = own.get("_fields")
    if bases_of(kind)[1:] != (tuple, object) or type(fields) is not tuple or any(type(f) is not str for f in fields):
        return None
    if own.get("_field_defaults"):
        return None
    plain = vars(collections.namedtuple("Plain", fields, rename=True))
    return list(fields) if all(name in plain or name == "__annotations__" for name in own) else None


def bases(kind: type, which: str) -> list[tuple[str, type]]:
    """`mro`, `bases` or `base` of a class: each with its full name, by which the tester may know it."""
    found = bases_of(kind) if which == "mro" else type.__dict__["__bases__"].__get__(kind)
    if which == "base":
        found = (type.__dict__["__base__"].__get__(kind),)
    return [(qualified(base), base) for base in found]
