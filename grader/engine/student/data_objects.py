"""Objects of the notebook's classes below `list`, `dict` and such: the tester has their data, and asks for the rest."""

from __future__ import annotations

import types
from typing import Any

from grader.engine.contents import apply_change
from grader.engine.encoding import Unpacker
from grader.engine.encoding.data_bases import MUTABLE, data_base
from grader.engine.encoding.tags import Node
from grader.engine.student.class_nodes import bases_of, fields_of_named_tuple, is_of_notebook

_known: dict[int, tuple[type, list[str] | None]] = {}
"""What such a class has of its own, by id, since a metaclass may compare classes in its own way."""


def is_data_class(kind: type) -> bool:
    """Is this a class of the notebook below one of Python's own data types?"""
    return _own_of(kind) is not None


def own_names(kind: type) -> list[str]:
    """The names under which such a class has something in place of what the data type has, or more than it."""
    return _own_of(kind) or []


def taken_over(original: Any, contents: Node, unpacker: Unpacker) -> Any:
    """The object itself, with the contents that the test gave it; None where it has given none."""
    if not isinstance(original, MUTABLE):
        return original
    position = unpacker.position()
    if contents is None:
        return unpacker.keep(unpacker.reserve(), original)
    apply_change(original, unpacker.unpack(contents), 0.0)
    unpacker.in_place_of(position, original)
    return original


def _own_of(kind: type) -> list[str] | None:
    known = _known.get(id(kind))
    if known is None:
        known = _known[id(kind)] = kind, _look(kind)
    return known[1]


def _look(kind: type) -> list[str] | None:
    base = data_base(bases_of(kind))
    if base is None or not is_of_notebook(kind) or fields_of_named_tuple(kind) is not None:
        return None
    places: dict[str, type] = {}
    for owner in reversed(bases_of(kind)):
        places |= dict.fromkeys(type.__dict__["__dict__"].__get__(owner), owner)
    of_base = {id(owner) for owner in bases_of(base)}
    return sorted(
        name for name, owner in places.items() if id(owner) not in of_base and _is_asked_for(name, owner, base)
    )


def _is_asked_for(name: str, owner: type, base: type) -> bool:
    """What a library's class does with operators and comparisons the data type does as well."""
    value = type.__dict__["__dict__"].__get__(owner).get(name)
    of_enum = isinstance(value, types.FunctionType) and value.__module__ == "enum"  # it writes into each Flag
    if (is_of_notebook(owner) and not of_enum) or name in ("__repr__", "__str__", "__format__"):
        return True
    return name[:2] != "__" or not hasattr(base, name)
