"""Lists, tuples, sets and mappings as nodes, and back."""

from __future__ import annotations

import collections
import keyword
import types
from typing import Any

from grader.engine.encoding import keys, tags
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import Node, RefusedValue
from grader.engine.encoding.unfolding import NAMED_TUPLE
from grader.engine.encoding.unpack import Unpacker

_EMPTY: tuple[dict[str, int], ...] = ({}, collections.OrderedDict())
VIEWS: tuple[type, ...] = tuple(type(getattr(mapping, name)()) for mapping in _EMPTY for name in tags.VIEWS)
_MOST_KEPT = 256
_named_tuples: dict[tuple[str, ...], Any] = {}
"""Classes made before, by their names. A tuple's class may hold no more than that, so one serves all of its names."""

_MAPPING_TYPES = (collections.OrderedDict, collections.defaultdict, collections.Counter)


def pack_list(packer: Packer, value: list[Any]) -> Node:
    """The LIST node of a list."""
    packer.note_mutable(value)
    return [tags.LIST, "list", packer.items(value, list.__iter__(value), list.__len__(value))]


def unpack_list(unpacker: Unpacker, node: list[Node]) -> Any:
    """The list of a LIST node."""
    _, name, nodes = unpacker.parts(node, 3)
    if name != "list":
        raise RefusedValue("a sequence of a kind that is not allowed")
    number = unpacker.reserve()
    return unpacker.keep(number, unpacker.items(nodes))


def pack_deque(packer: Packer, value: collections.deque[Any]) -> Node:
    """The DEQUE node of a deque."""
    packer.note_mutable(value)
    items = list(collections.deque.__iter__(value))
    return [tags.DEQUE, value.maxlen, packer.items(value, items, len(items))]


def unpack_deque(unpacker: Unpacker, node: list[Node]) -> Any:
    """The deque of a DEQUE node."""
    number = unpacker.reserve()
    _, most, nodes = unpacker.parts(node, 3)
    items = unpacker.items(nodes)
    if most is not None and not (type(most) is int and len(items) <= most < 1 << 62):
        raise RefusedValue("a deque is malformed")
    return unpacker.keep(number, collections.deque(items, most))


def pack_view(packer: Packer, value: Any) -> Node:
    """The VIEW node of the keys, values or items of a dict."""
    name = type(value).__name__.removeprefix("odict_").removeprefix("dict_")
    parts = list(value)
    if name == "values":
        return [tags.VIEW, name, packer.pack(dict(enumerate(parts)))]
    made = dict.fromkeys(parts) if name == "keys" else dict(parts)
    return [tags.VIEW, name, packer.pack(made)] if all(map(keys.is_plain, made)) else packer.other(value)


def unpack_view(unpacker: Unpacker, node: list[Node]) -> Any:
    """The view of a VIEW node, of a dict of its own."""
    _, name, mapping_node = unpacker.parts(node, 3)
    mapping = unpacker.unpack(mapping_node)
    if name not in tags.VIEWS or type(mapping) is not dict:
        raise RefusedValue("the view of a dict is malformed")
    return getattr(mapping, name)()


def pack_tuple(packer: Packer, value: tuple[Any, ...]) -> Node:
    """The TUPLE node of a tuple, the NAMED_TUPLE node of one with names."""
    items = packer.items(value, tuple.__iter__(value), tuple.__len__(value))
    kind = type(value)
    fields = _fields(kind) if kind is not tuple else None
    if isinstance(fields, tuple) and len(fields) == len(items) and all(type(f) is str for f in fields):
        return [tags.NAMED_TUPLE, str(kind.__name__), list(fields), items]
    return [tags.TUPLE, items]


def _fields(kind: type) -> Any:
    """The names of a named tuple's items, which a class below it inherits."""
    classes = type.__dict__["__mro__"].__get__(kind)
    own = (type.__dict__["__dict__"].__get__(base).get("_fields") for base in classes)
    return next((found for found in own if found is not None), None)


def unpack_tuple(unpacker: Unpacker, node: list[Node]) -> tuple[Any, ...]:
    """The tuple of a TUPLE node."""
    return tuple(unpacker.items(unpacker.parts(node, 2)[1]))


def unpack_named_tuple(unpacker: Unpacker, node: list[Node]) -> Any:
    """The tuple of a NAMED_TUPLE node, its class made anew."""
    _, name, fields, nodes = unpacker.parts(node, 4)
    items = unpacker.items(nodes)
    if type(fields) is not list or len(fields) != len(items):
        raise RefusedValue("a named tuple is malformed")
    return named_tuple_class(unpacker, name, fields)._make(items)


def named_tuple_class(unpacker: Unpacker, name: Node, fields: Node) -> Any:
    """The class of named tuples of this name and with these fields: the same one each time."""
    if type(fields) is not list or len(fields) > 64 or type(name) is not str:
        raise RefusedValue("a named tuple is malformed")
    name = name.rpartition(".")[2]
    if not all(_is_name(field) and not field.startswith("_") for field in fields) or not _is_name(name):
        raise RefusedValue("a named tuple with a name that is not allowed")
    if len(set(fields)) != len(fields):
        raise RefusedValue("a named tuple with a repeated name")
    made = _named_tuples.get((name, *fields))
    if made is None:
        unpacker.unfold(NAMED_TUPLE)
        make: Any = collections.namedtuple  # its names come at run time
        made = make(name, fields, module="__main__")
        if len(_named_tuples) < _MOST_KEPT:
            _named_tuples[name, *fields] = made
    return made


def _is_name(text: Any) -> bool:
    return type(text) is str and len(text) <= 64 and text.isidentifier() and not keyword.iskeyword(text)


def pack_set(packer: Packer, value: set[Any]) -> Node:
    """The SET node of a set of plain data."""
    if not all(map(keys.is_plain, set.__iter__(value))):
        return packer.other(value)
    packer.note_mutable(value)
    return [tags.SET, packer.keys(value, set.__iter__(value), set.__len__(value))]


def pack_frozenset(packer: Packer, value: frozenset[Any]) -> Node:
    """The FROZENSET node of a frozenset of plain data."""
    if not all(map(keys.is_plain, frozenset.__iter__(value))):
        return packer.other(value)
    return [tags.FROZENSET, packer.keys(value, frozenset.__iter__(value), frozenset.__len__(value))]


def unpack_set(unpacker: Unpacker, node: list[Node]) -> Any:
    """The set or frozenset of a SET or FROZENSET node."""
    number = unpacker.reserve() if node[0] == tags.SET else -1
    items = unpacker.items(unpacker.parts(node, 2)[1])
    for item in items:
        keys.check(item)
    try:
        values = set(items)
    except TypeError:
        raise RefusedValue("a set with an item that cannot be in one") from None
    if len(values) != len(items):
        raise RefusedValue("a set with an item twice")
    return unpacker.keep(number, values) if number >= 0 or node[0] == tags.SET else frozenset(values)


def pack_dict(packer: Packer, value: dict[Any, Any]) -> Node:
    """The DICT node of a dict with plain keys."""
    pairs = list(dict.items(value))
    if not all(keys.is_plain(key) for key, _ in pairs):
        return packer.other(value)
    packer.note_mutable(value)
    name = type(value).__name__ if type(value) in _MAPPING_TYPES else "dict"
    if isinstance(value, collections.defaultdict) and name == "defaultdict":
        name += next((f" {known}" for known, kind in tags.FACTORIES.items() if kind is value.default_factory), "")
    key_nodes = packer.keys(value, [key for key, _ in pairs], len(pairs))
    return [tags.DICT, name, key_nodes, packer.items(value, [item for _, item in pairs], len(pairs))]


def pack_mapping_proxy(packer: Packer, value: types.MappingProxyType[Any, Any]) -> Node:
    """The DICT node of what such a proxy shows."""
    copy = dict(value)
    return packer.pack(copy) if all(map(keys.is_plain, copy)) else packer.other(value)


def unpack_dict(unpacker: Unpacker, node: list[Node]) -> Any:
    """The mapping of a DICT node."""
    _, name, key_nodes, value_nodes = unpacker.parts(node, 4)
    kind, _, factory = name.partition(" ") if type(name) is str else ("", "", "")
    if kind not in tags.MAPPINGS or (factory and (kind != "defaultdict" or factory not in tags.FACTORIES)):
        raise RefusedValue("a mapping of a kind that is not allowed")
    number = unpacker.reserve()
    names, values = unpacker.items(key_nodes), unpacker.items(value_nodes)
    if len(names) != len(values):
        raise RefusedValue("a dict with more keys than values")
    for key in names:
        keys.check(key)
    mapping = dict(zip(names, values, strict=True))
    if len(mapping) != len(names):
        raise RefusedValue("a dict with a key twice")
    if kind != "dict":
        made: Any = getattr(collections, kind)(*([tags.FACTORIES[factory]] if factory else []))
        made.update(mapping)
        return unpacker.keep(number, made)
    return unpacker.keep(number, mapping)
