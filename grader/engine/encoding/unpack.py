"""Nodes into values. Whatever the sender claims is checked; only plain base types come out."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import keyword
from collections.abc import Callable, Sequence
from typing import Any

from grader.engine.encoding import generators, numbers_and_arrays, tags, torch_nodes
from grader.engine.encoding.refused import RefusedValue
from grader.engine.encoding.tags import Node

Hook = Callable[[Node, "Unpacker"], Any]


def refuse(node: Node, unpacker: Unpacker) -> Any:
    """The hook of a receiver that takes data only."""
    raise RefusedValue("something other than data")


class Unpacker:
    """Unpacks the values of one message.

    Args:
        buffers: the raw buffers that came beside the nodes.
        hook: makes an object of what the sender's hook packed.
        references: objects that the sender may refer to by number.
        number: count the mutable values of this message, as the sender's packer did.

    Attributes:
        numbered: the numbered objects, in order.
        link: makes a tensor part of a computation that goes on at the sender's.
    """

    def __init__(
        self,
        buffers: Sequence[Any] = (),
        hook: Hook = refuse,
        *,
        references: Sequence[Any] = (),
        number: bool = False,
    ) -> None:
        self.buffers = buffers
        self.numbered: list[Any] = []
        self.link: Callable[[Any, Node], Any] | None = None
        self._used: set[int] = set()
        self._hook = hook
        self._references = references
        self._number = number
        self._depth = 0

    def unpack(self, node: Node) -> Any:
        """The value of one node. Raises RefusedValue when it has none."""
        kind = type(node)
        if kind is not list:
            if node is None or kind is bool or kind is int or kind is float or kind is str or kind is bytes:
                return node
            raise RefusedValue("a node of a type that is not allowed")
        if not node or type(node[0]) is not int:
            raise RefusedValue("a node without a tag")
        unpack = _UNPACK.get(node[0])
        if unpack is None:
            raise RefusedValue("a node with an unknown tag")
        if self._depth > tags.MOST_DEPTH + 2:
            raise RefusedValue("values nested too deeply")
        self._depth += 1
        try:
            return unpack(self, node)
        finally:
            self._depth -= 1

    def parts(self, node: list[Node], count: int) -> list[Node]:
        """The node itself, which must have so many parts."""
        if len(node) != count:
            raise RefusedValue("a node with the wrong number of parts")
        return node

    def items(self, nodes: Node) -> list[Any]:
        """The values of a list of nodes."""
        if type(nodes) is not list or len(nodes) > tags.MOST_ITEMS:
            raise RefusedValue("the items of a container are malformed")
        return [self.unpack(node) for node in nodes]

    def raw(self, data: Node, size: int) -> Any:
        """Writable memory of exactly this size: bytes inside the node, or one of the buffers, each used once."""
        if type(data) is bytes:
            memory: Any = bytearray(data)
        elif type(data) is int and 0 <= data < len(self.buffers) and data not in self._used:
            self._used.add(data)
            memory = self.buffers[data]
        else:
            raise RefusedValue("a buffer that does not exist")
        if len(memory) != size:
            raise RefusedValue("a buffer of the wrong size for its shape and dtype")
        return memory

    def reserve(self) -> int:
        """Take the next number, in the order in which the sender gave them."""
        if self._number:
            self.numbered.append(None)
        return len(self.numbered) - 1

    def keep(self, number: int, value: Any) -> Any:
        """The value, remembered under its number."""
        if self._number:
            self.numbered[number] = value
        return value

    def reference(self, number: Node) -> Any:
        """The object that the sender refers to."""
        known = self.numbered if self._number else self._references
        if type(number) is not int or not 0 <= number < len(known) or known[number] is None:
            raise RefusedValue("a reference to an object that does not exist")
        return known[number]

    def other(self, node: Node) -> Any:
        """What the hook makes of something that is no data."""
        return self._hook(node, self)


def _big_int(unpacker: Unpacker, node: list[Node]) -> int:
    data = unpacker.parts(node, 2)[1]
    if type(data) is not bytes or len(data) > tags.MOST_BIG_INT_BYTES:
        raise RefusedValue("an integer of too many digits")
    return int.from_bytes(data, "big", signed=True)


def _complex(unpacker: Unpacker, node: list[Node]) -> complex:
    _, real, imaginary = unpacker.parts(node, 3)
    if type(real) is not float or type(imaginary) is not float:
        raise RefusedValue("a complex number is malformed")
    return complex(real, imaginary)


def _list(unpacker: Unpacker, node: list[Node]) -> Any:
    _, name, nodes = unpacker.parts(node, 3)
    if name not in tags.SEQUENCES:
        raise RefusedValue("a sequence of a kind that is not allowed")
    number = unpacker.reserve()
    items = unpacker.items(nodes)
    return unpacker.keep(number, items if name == "list" else collections.deque(items))


def _tuple(unpacker: Unpacker, node: list[Node]) -> tuple[Any, ...]:
    return tuple(unpacker.items(unpacker.parts(node, 2)[1]))


def _named_tuple(unpacker: Unpacker, node: list[Node]) -> Any:
    _, name, fields, nodes = unpacker.parts(node, 4)
    items = unpacker.items(nodes)
    if type(fields) is not list or len(fields) != len(items) or len(fields) > 64:
        raise RefusedValue("a named tuple is malformed")
    if not all(_is_name(field) and not field.startswith("_") for field in fields) or not _is_name(name):
        raise RefusedValue("a named tuple with a name that is not allowed")
    if len(set(fields)) != len(fields):
        raise RefusedValue("a named tuple with a repeated name")
    make: Any = collections.namedtuple  # its names come at run time
    made = make(name, fields)
    return made._make(items)


def _is_name(text: Any) -> bool:
    return type(text) is str and len(text) <= 64 and text.isidentifier() and not keyword.iskeyword(text)


def _set(unpacker: Unpacker, node: list[Node]) -> Any:
    number = unpacker.reserve() if node[0] == tags.SET else -1
    items = unpacker.items(unpacker.parts(node, 2)[1])
    for item in items:
        _check_key(item)
    try:
        values = set(items)
    except TypeError:
        raise RefusedValue("a set with an item that cannot be in one") from None
    if len(values) != len(items):
        raise RefusedValue("a set with an item twice")
    return unpacker.keep(number, values) if number >= 0 or node[0] == tags.SET else frozenset(values)


def _dict(unpacker: Unpacker, node: list[Node]) -> Any:
    _, name, key_nodes, value_nodes = unpacker.parts(node, 4)
    if name not in tags.MAPPINGS:
        raise RefusedValue("a mapping of a kind that is not allowed")
    number = unpacker.reserve()
    keys, values = unpacker.items(key_nodes), unpacker.items(value_nodes)
    if len(keys) != len(values):
        raise RefusedValue("a dict with more keys than values")
    for key in keys:
        _check_key(key)
    mapping = dict(zip(keys, values, strict=True))
    if len(mapping) != len(keys):
        raise RefusedValue("a dict with a key twice")
    if name != "dict":
        made: Any = getattr(collections, name)()
        made.update(mapping)
        return unpacker.keep(number, made)
    return unpacker.keep(number, mapping)


def _check_key(key: Any) -> None:
    """Refuse keys that are no data, and NaN, of which a dict may hold any number."""
    if type(key) in (tuple, frozenset):
        for part in key:
            _check_key(part)
    elif not (key is None or isinstance(key, (str, int, float, complex, bytes)) or numbers_and_arrays.is_scalar(key)):
        raise RefusedValue("a key that is not plain data")
    elif key != key:
        raise RefusedValue("a key that is not a number")


def _range(unpacker: Unpacker, node: list[Node]) -> range:
    start, stop, step = (unpacker.unpack(part) for part in unpacker.parts(node, 4)[1:])
    if not all(type(part) is int for part in (start, stop, step)) or step == 0:
        raise RefusedValue("a range is malformed")
    return range(start, stop, step)


def _slice(unpacker: Unpacker, node: list[Node]) -> slice:
    return slice(*(unpacker.unpack(part) for part in unpacker.parts(node, 4)[1:]))


def _singleton(unpacker: Unpacker, node: list[Node]) -> Any:
    name = unpacker.parts(node, 2)[1]
    if type(name) is not str or name not in tags.SINGLETONS:
        raise RefusedValue("a constant that is not allowed")
    return tags.SINGLETONS[name]


def _rational(unpacker: Unpacker, node: list[Node]) -> fractions.Fraction:
    numerator, denominator = (unpacker.unpack(part) for part in unpacker.parts(node, 3)[1:])
    if type(numerator) is not int or type(denominator) is not int or denominator == 0:
        raise RefusedValue("a fraction is malformed")
    return fractions.Fraction(numerator, denominator)


def _decimal(unpacker: Unpacker, node: list[Node]) -> decimal.Decimal:
    text = unpacker.parts(node, 2)[1]
    try:
        if type(text) is str and len(text) <= 1000:
            return decimal.Decimal(text)
    except decimal.InvalidOperation:
        pass
    raise RefusedValue("a decimal number is malformed")


def _moment(unpacker: Unpacker, node: list[Node]) -> Any:
    _, name, value = unpacker.parts(node, 3)
    try:
        if name == "timedelta" and type(value) is list and len(value) == 3 and all(type(v) is int for v in value):
            return datetime.timedelta(*value)
        if name in ("datetime", "date", "time") and type(value) is str and len(value) <= 40:
            return getattr(datetime, name).fromisoformat(value)
    except (ValueError, OverflowError):
        pass
    raise RefusedValue("a date or time is malformed")


def _bytearray(unpacker: Unpacker, node: list[Node]) -> bytearray:
    number = unpacker.reserve()
    data = unpacker.parts(node, 2)[1]
    if type(data) is not bytes:
        raise RefusedValue("a bytearray is malformed")
    made: bytearray = unpacker.keep(number, bytearray(data))
    return made


def _array(unpacker: Unpacker, node: list[Node]) -> Any:
    number = unpacker.reserve()
    return unpacker.keep(number, numbers_and_arrays.unpack_array(unpacker, node))


_UNPACK: dict[int, Callable[[Unpacker, list[Node]], Any]] = {
    tags.BIG_INT: _big_int,
    tags.COMPLEX: _complex,
    tags.LIST: _list,
    tags.TUPLE: _tuple,
    tags.SET: _set,
    tags.FROZENSET: _set,
    tags.DICT: _dict,
    tags.NAMED_TUPLE: _named_tuple,
    tags.RANGE: _range,
    tags.SLICE: _slice,
    tags.SINGLETON: _singleton,
    tags.ARRAY: _array,
    tags.NUMPY_SCALAR: numbers_and_arrays.unpack_scalar,
    tags.OBJECT_ARRAY: numbers_and_arrays.unpack_object_array,
    tags.DTYPE: numbers_and_arrays.unpack_dtype,
    tags.TENSOR: torch_nodes.unpack_tensor,
    tags.TORCH_CONSTANT: torch_nodes.unpack_constant,
    tags.GENERATOR: generators.unpack,
    tags.RATIONAL: _rational,
    tags.DECIMAL: _decimal,
    tags.MOMENT: _moment,
    tags.BYTEARRAY: _bytearray,
    tags.REFERENCE: lambda unpacker, node: unpacker.reference(unpacker.parts(node, 2)[1]),
    tags.OTHER: lambda unpacker, node: unpacker.other(unpacker.parts(node, 2)[1]),
}
