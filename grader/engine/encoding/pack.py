"""Values into nodes: by the true type, never by what an object says about itself."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import types
from collections.abc import Callable, Iterable
from typing import Any

from grader.engine.encoding import generators, numbers_and_arrays, tags, torch_nodes
from grader.engine.encoding.refused import EncodingError
from grader.engine.encoding.tags import Node

Hook = Callable[[Any, "Packer"], Node]


def refuse(value: Any, packer: Packer) -> Node:
    """The hook of a sender that sends data only."""
    raise EncodingError(f"an object of type {type(value).__name__} is no data and cannot be sent")


class Packer:
    """Packs the values of one message.

    Args:
        hook: packs what is no data into a node, or raises EncodingError.
        references: objects (by id) that the receiver knows already, with their numbers.
        number: also number the mutable values of this message, so that one that occurs twice stays one.

    Attributes:
        buffers: the raw buffers that travel beside the nodes.
        numbered: the numbered objects, in order.
        link: describes where the gradient of a computed tensor goes; None if it ends here.
    """

    def __init__(self, hook: Hook = refuse, *, references: dict[int, int] | None = None, number: bool = False) -> None:
        self.buffers: list[Any] = []
        self.numbered: list[Any] = []
        self.link: Callable[[Any], Node] | None = None
        self._hook = hook
        self._references = dict(references or {})
        self._number = number
        self._depth = 0
        self._open: set[int] = set()

    def pack(self, value: Any) -> Node:
        """The node of one value. Raises EncodingError when it has none."""
        kind = type(value)
        if kind is float or kind is str or kind is bool or value is None or kind is bytes:
            return value
        if kind is int:
            return _integer(value)
        known = self._references.get(id(value))
        if known is not None:
            if id(value) in self._open:
                raise EncodingError(f"a {kind.__name__} that contains itself cannot be sent")
            return [tags.REFERENCE, known]
        if self._depth > tags.MOST_DEPTH:
            raise EncodingError(f"the value is nested more than {tags.MOST_DEPTH} levels deep")
        self._depth += 1
        try:
            return (_EXACT.get(kind) or self._by_base(kind))(self, value)
        finally:
            self._depth -= 1

    def pack_contents(self, value: Any) -> Node:
        """The node of a value that the receiver knows by number, with what it contains now."""
        number = self._references.pop(id(value))
        try:
            return self.pack(value)
        finally:
            self._references[id(value)] = number

    def add_buffer(self, data: Any) -> int:
        """The number of a new raw buffer."""
        self.buffers.append(data)
        return len(self.buffers) - 1

    def note_mutable(self, value: Any) -> None:
        """Give a mutable value its number, if this message numbers them."""
        if self._number:
            self._references[id(value)] = len(self.numbered)
            self.numbered.append(value)

    def items(self, owner: Any, values: Iterable[Any], count: int) -> list[Node]:
        """The nodes of a container's items."""
        if count > tags.MOST_ITEMS:
            raise EncodingError(f"a {type(owner).__name__} of {count} items is too long to be sent; use an array")
        if id(owner) in self._open:
            raise EncodingError(f"a {type(owner).__name__} that contains itself cannot be sent")
        self._open.add(id(owner))
        try:
            return [self.pack(value) for value in values]
        finally:
            self._open.discard(id(owner))

    def other(self, value: Any) -> Node:
        """The node that the hook makes of something that is no data."""
        return [tags.OTHER, self._hook(value, self)]

    def _by_base(self, kind: type) -> Callable[[Packer, Any], Node]:
        """The packer of the first plain type among the true bases; a subclass goes as its base."""
        numeric = numbers_and_arrays.packer_for(kind) or torch_nodes.packer_for(kind) or generators.packer_for(kind)
        if numeric is not None:
            return numeric
        for base in type.__dict__["__mro__"].__get__(kind):
            if base in _BASES:
                return _BASES[base]
        return Packer.other


def _integer(value: int) -> Node:
    if -(1 << 63) <= value < 1 << 64:
        return value
    size = value.bit_length() // 8 + 1
    if size > tags.MOST_BIG_INT_BYTES:
        raise EncodingError("an integer of so many digits cannot be sent")
    return [tags.BIG_INT, value.to_bytes(size, "big", signed=True)]


def _list(packer: Packer, value: list[Any]) -> Node:
    packer.note_mutable(value)
    return [tags.LIST, "list", packer.items(value, list.__iter__(value), list.__len__(value))]


def _deque(packer: Packer, value: collections.deque[Any]) -> Node:
    packer.note_mutable(value)
    return [tags.LIST, "deque", packer.items(value, list(value), len(value))]


def _tuple(packer: Packer, value: tuple[Any, ...]) -> Node:
    items = packer.items(value, tuple.__iter__(value), tuple.__len__(value))
    kind = type(value)
    fields = type.__dict__["__dict__"].__get__(kind).get("_fields") if kind is not tuple else None
    if isinstance(fields, tuple) and len(fields) == len(items) and all(type(f) is str for f in fields):
        return [tags.NAMED_TUPLE, str(kind.__name__), list(fields), items]
    return [tags.TUPLE, items]


def _set(packer: Packer, value: set[Any]) -> Node:
    if not all(map(is_plain_key, set.__iter__(value))):
        return packer.other(value)
    packer.note_mutable(value)
    return [tags.SET, packer.items(value, set.__iter__(value), set.__len__(value))]


def _frozenset(packer: Packer, value: frozenset[Any]) -> Node:
    if not all(map(is_plain_key, frozenset.__iter__(value))):
        return packer.other(value)
    return [tags.FROZENSET, packer.items(value, frozenset.__iter__(value), frozenset.__len__(value))]


def _dict(packer: Packer, value: dict[Any, Any]) -> Node:
    pairs = list(dict.items(value))
    if not all(is_plain_key(key) for key, _ in pairs):
        return packer.other(value)
    packer.note_mutable(value)
    name = type(value).__name__ if type(value) in _MAPPING_TYPES else "dict"
    keys = packer.items(value, [key for key, _ in pairs], len(pairs))
    return [tags.DICT, name, keys, packer.items(value, [item for _, item in pairs], len(pairs))]


def _mapping_proxy(packer: Packer, value: types.MappingProxyType[Any, Any]) -> Node:
    copy = dict(value)
    return packer.pack(copy) if all(map(is_plain_key, copy)) else packer.other(value)


def is_plain_key(key: Any) -> bool:
    """Can this key of a dict or item of a set travel by value?"""
    if type(key) in (tuple, frozenset):
        return all(is_plain_key(part) for part in key)
    return key is None or isinstance(key, (str, int, float, complex, bytes)) or numbers_and_arrays.is_scalar(key)


def _bytearray(packer: Packer, value: bytearray) -> Node:
    packer.note_mutable(value)
    return [tags.BYTEARRAY, bytes(value)]


def _moment(packer: Packer, value: Any) -> Node:
    if isinstance(value, datetime.timedelta):
        return [tags.MOMENT, "timedelta", [value.days, value.seconds, value.microseconds]]
    if getattr(value, "tzinfo", None) is not None:
        return packer.other(value)
    name = next(n for n in ("datetime", "date", "time") if isinstance(value, getattr(datetime, n)))
    return [tags.MOMENT, name, value.isoformat()]


_MAPPING_TYPES = (collections.OrderedDict, collections.defaultdict, collections.Counter)

_EXACT: dict[type, Callable[[Packer, Any], Node]] = {
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _frozenset,
    dict: _dict,
    complex: lambda _, value: [tags.COMPLEX, value.real, value.imag],
    range: lambda packer, value: [tags.RANGE, *map(packer.pack, (value.start, value.stop, value.step))],
    slice: lambda packer, value: [tags.SLICE, *map(packer.pack, (value.start, value.stop, value.step))],
    type(...): lambda _, __: [tags.SINGLETON, "..."],
    type(NotImplemented): lambda _, __: [tags.SINGLETON, "NotImplemented"],
    bytearray: _bytearray,
    types.MappingProxyType: _mapping_proxy,
}

_BASES: dict[type, Callable[[Packer, Any], Node]] = {
    **_EXACT,
    int: lambda _, value: _integer(int.__add__(value, 0)),
    float: lambda _, value: float.__pos__(value),
    str: lambda _, value: str.__getitem__(value, slice(None)),
    bytes: lambda _, value: bytes.__getitem__(value, slice(None)),
    complex: lambda _, value: [tags.COMPLEX, float(complex.__pos__(value).real), float(complex.__pos__(value).imag)],
    collections.deque: _deque,
    fractions.Fraction: lambda p, v: [tags.RATIONAL, p.pack(int(v.numerator)), p.pack(int(v.denominator))],
    decimal.Decimal: lambda _, value: [tags.DECIMAL, decimal.Decimal.__str__(value)],
    datetime.date: _moment,
    datetime.time: _moment,
    datetime.timedelta: _moment,
}
