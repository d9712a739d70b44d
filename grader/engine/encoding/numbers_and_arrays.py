"""NumPy's arrays, numbers and dtypes as nodes, and back."""

from __future__ import annotations

import math
import re
import sys
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.pack import Pack, Packer
from grader.engine.encoding.tags import Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

_DTYPE = re.compile(r"[<>|](?:[biufcSU]\d{1,8}|[Mm]8(?:\[\d{0,6}[a-zA-Zμ]{1,8}\])?)")
_KINDS = "biufcSUMm"
_MOST_FIELDS = 1000


def packer_for(kind: type) -> Pack | None:
    """The function that packs values of this NumPy type, or None. NumPy is not imported for the question."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    bases = type.__dict__["__mro__"].__get__(kind)
    if numpy.ndarray in bases:
        return pack_array
    if numpy.void in bases:
        return _pack_record
    if numpy.generic in bases:
        return _pack_scalar
    if numpy.dtype in bases:
        return _pack_dtype
    return None


def is_scalar(value: Any) -> bool:
    """Is this one of NumPy's numbers or strings?"""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def pack_array(packer: Packer, value: Any) -> Node:
    """An array of numbers or strings by its bytes, one of objects by its items, one of records by its fields.

    A subclass goes as the plain array, except for a matrix, whose products are others.
    """
    import numpy as np

    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        return packer.other(value)  # without its mask it would hold numbers that it does not have
    array = np.ndarray.view(value, np.ndarray) if type(value) is not np.ndarray else value
    if array.dtype.kind == "O":
        packer.note_mutable(value)
        return [tags.OBJECT_ARRAY, list(array.shape), packer.items(value, array.ravel().tolist(), array.size)]
    if array.dtype.names:
        return _pack_fields(packer, value, array)
    if array.dtype.kind not in _KINDS or array.dtype.hasobject:
        return packer.other(value)
    packer.note_mutable(value)
    node = array_node(packer, array)
    return [tags.MATRIX, node] if isinstance(value, np.matrix) else node


def _pack_record(packer: Packer, value: Any) -> Node:
    import numpy as np

    return _pack_fields(packer, value, np.asarray(value))


def _pack_fields(packer: Packer, value: Any, array: Any) -> Node:
    """The FIELDS node of an array of records, or of one record: the name and the array of each field."""
    names = list(array.dtype.names or ())
    if not names or any(array.dtype.fields[name][0].kind not in _KINDS for name in names):
        return packer.other(value)
    if array.ndim:
        packer.note_mutable(value)
    return [tags.FIELDS, list(array.shape), names, [array_node(packer, array[name]) for name in names]]


def array_node(packer: Packer, array: Any) -> Node:
    """The ARRAY node of an array of numbers or strings, which gets no number."""
    import numpy as np

    shape = list(array.shape)
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    flat = np.ascontiguousarray(array.T if fortran else array)
    return [tags.ARRAY, array.dtype.str, shape, fortran, bool(array.flags.writeable), _pack_bytes(packer, flat)]


def _pack_bytes(packer: Packer, flat: Any) -> Node:
    if flat.nbytes <= tags.INLINE_BYTES:
        return flat.tobytes()
    import numpy as np

    return packer.add_buffer(flat.reshape(-1).view(np.uint8))


def _pack_scalar(packer: Packer, value: Any) -> Node:
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind not in _KINDS:
        return packer.other(value)
    return [tags.NUMPY_SCALAR, array.dtype.str, array.tobytes()]


def _pack_dtype(packer: Packer, value: Any) -> Node:
    return [tags.DTYPE, value.str] if value.kind in _KINDS else packer.other(value)


def unpack_numbered_array(unpacker: Unpacker, node: list[Node]) -> Any:
    """The array of an ARRAY node that is a value of its own."""
    number = unpacker.reserve()
    return unpacker.keep(number, unpack_array(unpacker, node))


def unpack_matrix(unpacker: Unpacker, node: list[Node]) -> Any:
    """The matrix of a MATRIX node."""
    import numpy as np

    number = unpacker.reserve()
    array = _array_of(unpacker, unpacker.parts(node, 2)[1])
    if array.ndim != 2:
        raise RefusedValue("a matrix of another number of dimensions than two")
    return unpacker.keep(number, array.view(np.matrix))


def unpack_fields(unpacker: Unpacker, node: list[Node]) -> Any:
    """The array of records of a FIELDS node; one record where it has no dimensions."""
    import numpy as np

    _, shape, names, nodes = unpacker.parts(node, 4)
    size = checked_shape(shape)
    number = unpacker.reserve() if shape else None
    if type(names) is not list or type(nodes) is not list or not 0 < len(names) == len(nodes) <= _MOST_FIELDS:
        raise RefusedValue("an array of records is malformed")
    if not all(type(name) is str and 0 < len(name) <= 100 for name in names) or len(set(names)) != len(names):
        raise RefusedValue("an array of records is malformed")
    columns = [_array_of(unpacker, column) for column in nodes]
    if any(list(column.shape) != shape or not column.dtype.itemsize for column in columns):
        raise RefusedValue("an array of records is malformed")
    array = np.empty(size, [(name, column.dtype) for name, column in zip(names, columns, strict=True)]).reshape(shape)
    for name, column in zip(names, columns, strict=True):
        array[name] = column
    return array[()] if number is None else unpacker.keep(number, array)


def _array_of(unpacker: Unpacker, node: Node) -> Any:
    if type(node) is not list or not node or node[0] != tags.ARRAY:
        raise RefusedValue("an array of another kind than it says")
    return unpack_array(unpacker, node)


def unpack_array(unpacker: Unpacker, node: list[Node]) -> Any:
    """The array of an ARRAY node, its memory its own."""
    import numpy as np

    _, text, shape, fortran, writable, data = unpacker.parts(node, 6)
    dtype = checked_dtype(text)
    size = checked_shape(shape)
    raw = unpacker.raw(data, size * dtype.itemsize)
    if not dtype.itemsize:
        unpacker.unfold(size)  # NumPy makes memory for them all the same
    array = np.frombuffer(raw, dtype) if dtype.itemsize else np.zeros(size, dtype)
    array = _clean(array).reshape(tuple(shape[::-1]) if fortran is True else tuple(shape))
    array = array.T if fortran is True else array
    if writable is False:
        array.flags.writeable = False
    return array


def unpack_scalar(unpacker: Unpacker, node: list[Node]) -> Any:
    """The number of a NUMPY_SCALAR node."""
    import numpy as np

    _, text, data = unpacker.parts(node, 3)
    dtype = checked_dtype(text)
    if type(data) is not bytes or len(data) != dtype.itemsize:
        raise RefusedValue("the bytes of a NumPy number have the wrong length")
    return _clean(np.frombuffer(bytearray(data), dtype))[0] if dtype.itemsize else np.zeros(1, dtype)[0]


def unpack_object_array(unpacker: Unpacker, node: list[Node]) -> Any:
    """The array of an OBJECT_ARRAY node."""
    import numpy as np

    _, shape, items = unpacker.parts(node, 3)
    number = unpacker.reserve()
    size = checked_shape(shape)
    values = unpacker.items(items)
    if len(values) != size:
        raise RefusedValue("an array of objects has the wrong number of items")
    array = np.empty(size, dtype=object)
    for position, value in enumerate(values):
        array[position] = value
    return unpacker.keep(number, array.reshape(tuple(shape)))


def unpack_dtype(unpacker: Unpacker, node: list[Node]) -> Any:
    """The dtype of a DTYPE node."""
    made = checked_dtype(unpacker.parts(node, 2)[1])
    unpacker.unfold(made.itemsize)
    return made


def checked_dtype(text: Any) -> Any:
    """The dtype of this name. Raises RefusedValue for one that is not plain."""
    import numpy as np

    if type(text) is not str or not _DTYPE.fullmatch(text):
        raise RefusedValue("a dtype that is not allowed")
    try:
        dtype = np.dtype(text)
    except TypeError:
        raise RefusedValue("a dtype that does not exist") from None
    if dtype.kind not in _KINDS:
        raise RefusedValue("a dtype that is not allowed")
    return dtype


def checked_shape(shape: Any) -> int:
    """The number of elements of a shape. Raises RefusedValue for a malformed one."""
    if type(shape) is not list or len(shape) > tags.MOST_DIMENSIONS:
        raise RefusedValue("a shape is malformed")
    if not all(type(n) is int and 0 <= n < 1 << 48 for n in shape):
        raise RefusedValue("a shape has a length that is not allowed")
    return math.prod(shape)


def _clean(array: Any) -> Any:
    """The array without bytes that no honest array holds: a bool that is neither 0 nor 1, text beyond Unicode."""
    import numpy as np

    if array.dtype.kind == "b":
        return (array.view(np.uint8) != 0).view(array.dtype)
    if array.dtype.kind == "U" and array.size:
        points = array.view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
        if points.size and int(points.max()) > 0x10FFFF:
            raise RefusedValue("text with a character that does not exist")
    return array
