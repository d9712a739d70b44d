"""What can be done with an object, as a set of bits: so that a proxy has the special methods of its original."""

from __future__ import annotations

SINGLE = ("__call__", "__len__", "__iter__", "__next__", "__getitem__", "__setitem__", "__delitem__", "__contains__")
CONTEXT = ("__enter__", "__exit__")
CONVERSIONS = ("__bool__", "__int__", "__float__", "__complex__", "__index__", "__hash__", "__array__")
UNARY = ("__neg__", "__pos__", "__abs__", "__invert__", "__round__", "__reversed__")
COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
BINARY = tuple(f"__{name}__" for name in OPERATORS)
REFLECTED = tuple(f"__r{name}__" for name in OPERATORS)
IN_PLACE = tuple(f"__i{name}__" for name in OPERATORS)

METHODS = (*SINGLE, *CONTEXT, *CONVERSIONS, *UNARY, *COMPARISONS, *BINARY, *REFLECTED, *IN_PLACE)
"""The special methods that a proxy may have; the position of a name is its bit."""

SIZE = len(METHODS) // 8 + 1
"""Bytes that the bits take: they are more than an integer of msgpack holds."""

_ALL = (1 << len(METHODS)) - 1


def to_bytes(bits: int) -> bytes:
    """The bits as they travel."""
    return bits.to_bytes(SIZE, "big")


def from_bytes(data: object) -> int | None:
    """The bits of what arrived; None when it is malformed."""
    if type(data) is not bytes or len(data) != SIZE:
        return None
    bits = int.from_bytes(data, "big")
    return bits if bits <= _ALL else None


def capabilities(kind: type) -> int:
    """The special methods that a class has, as bits. What every object has from `object` does not count."""
    found = 0
    for base in type.__dict__["__mro__"].__get__(kind):
        if base is not object:
            own = type.__dict__["__dict__"].__get__(base)
            for bit, name in enumerate(METHODS):
                if own.get(name) is not None:
                    found |= 1 << bit
    return found


def names(bits: int) -> list[str]:
    """The special methods that these bits stand for."""
    return [name for bit, name in enumerate(METHODS) if bits >> bit & 1]
