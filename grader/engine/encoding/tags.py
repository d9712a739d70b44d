"""The tags that begin a node, and the limits that hold for every value."""

from __future__ import annotations

from typing import Any

Node = Any
"""A tree of None, bool, int, float, str, bytes and lists of nodes, as msgpack carries it."""

BIG_INT = 0
COMPLEX = 1
LIST = 2
TUPLE = 3
SET = 4
FROZENSET = 5
DICT = 6
NAMED_TUPLE = 7
RANGE = 8
SLICE = 9
SINGLETON = 10
ARRAY = 11
NUMPY_SCALAR = 12
OBJECT_ARRAY = 13
DTYPE = 14
TENSOR = 15
TORCH_CONSTANT = 16
GENERATOR = 17
RATIONAL = 18
DECIMAL = 19
MOMENT = 20
BYTEARRAY = 21
REFERENCE = 22
DEQUE = 23
VIEW = 24
PATH = 25
ZONED_MOMENT = 26
MATRIX = 27
FIELDS = 28
SPARSE = 29
PANDAS = 30
EXPRESSION = 31
TYPED = 32
OTHER = 33  # what a hook packed: a handle, a module, a callback
SHARED = 34  # a value that both ends have, by its number in their table

MOST_DEPTH = 64
MOST_BIG_INT_BYTES = 1 << 16
MOST_ITEMS = 1 << 20  # of one container
MOST_DIMENSIONS = 32
INLINE_BYTES = 2048  # smaller arrays travel inside the tree, larger ones as buffers beside it

SINGLETONS = {"...": ..., "NotImplemented": NotImplemented}
MAPPINGS = ("dict", "OrderedDict", "defaultdict", "Counter")
FACTORIES: dict[str, Any] = {kind.__name__: kind for kind in (int, float, complex, str, bool, list, dict, set, tuple)}
VIEWS = ("keys", "values", "items")
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
TORCH_DTYPES = (
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
)


class EncodingError(TypeError):
    """A value cannot be sent; the text says why."""


class RefusedValue(ValueError):
    """What arrived is not a value that the encoding allows: whoever sent it does not keep to the rules."""
