"""Data and nothing but data between two interpreters: values to a tree of msgpack and raw buffers, and back.

A value is packed into a *node*: a number, string, None, or a list that begins with a tag (`tags.py`). What is no data
(an object, a function) is left to a hook of the one who packs. Unpacking trusts nothing: every tag, type, size, shape,
dtype and depth is checked, and only values of plain base types come out. Nothing is ever evaluated or unpickled.

The tables below are all that can be packed, and all that may arrive.
"""

import array
import collections
import datetime
import decimal
import fractions
import pathlib
import types

from grader.engine.encoding import (
    containers,
    expressions,
    frames,
    generators,
    numbers_and_arrays,
    plain_values,
    sparse,
    tags,
    torch_nodes,
)
from grader.engine.encoding.pack import BY_BASE, BY_TYPE, OF_LIBRARIES, Packer, pack_int
from grader.engine.encoding.tags import EncodingError, RefusedValue
from grader.engine.encoding.unpack import BY_TAG, Unpacker

__all__ = ["EncodingError", "Packer", "RefusedValue", "Unpacker"]

BY_TYPE |= {
    list: containers.pack_list,
    tuple: containers.pack_tuple,
    set: containers.pack_set,
    frozenset: containers.pack_frozenset,
    dict: containers.pack_dict,
    types.MappingProxyType: containers.pack_mapping_proxy,
    **dict.fromkeys(containers.VIEWS, containers.pack_view),
    bytearray: plain_values.pack_bytearray,
    complex: plain_values.pack_complex,
    range: plain_values.pack_range,
    slice: plain_values.pack_slice,
    type(...): lambda _, __: [tags.SINGLETON, "..."],
    type(NotImplemented): lambda _, __: [tags.SINGLETON, "NotImplemented"],
}
BY_BASE |= BY_TYPE
BY_BASE |= {
    int: lambda _, value: pack_int(int.__add__(value, 0)),
    float: lambda _, value: float.__pos__(value),
    str: lambda _, value: str.__getitem__(value, slice(None)),
    bytes: lambda _, value: bytes.__getitem__(value, slice(None)),
    collections.deque: containers.pack_deque,
    fractions.Fraction: plain_values.pack_rational,
    decimal.Decimal: plain_values.pack_decimal,
    datetime.date: plain_values.pack_moment,
    datetime.time: plain_values.pack_moment,
    datetime.timedelta: plain_values.pack_moment,
    array.array: plain_values.pack_typed,
    pathlib.PurePath: plain_values.pack_path,
}
OF_LIBRARIES += [
    numbers_and_arrays.packer_for,
    torch_nodes.packer_for,
    generators.packer_for,
    frames.packer_for,
    expressions.packer_for,
    sparse.packer_for,
]

BY_TAG |= {
    tags.BIG_INT: plain_values.unpack_big_int,
    tags.COMPLEX: plain_values.unpack_complex,
    tags.LIST: containers.unpack_list,
    tags.TUPLE: containers.unpack_tuple,
    tags.SET: containers.unpack_set,
    tags.FROZENSET: containers.unpack_set,
    tags.DICT: containers.unpack_dict,
    tags.NAMED_TUPLE: containers.unpack_named_tuple,
    tags.RANGE: plain_values.unpack_range,
    tags.SLICE: plain_values.unpack_slice,
    tags.SINGLETON: plain_values.unpack_singleton,
    tags.ARRAY: numbers_and_arrays.unpack_numbered_array,
    tags.NUMPY_SCALAR: numbers_and_arrays.unpack_scalar,
    tags.OBJECT_ARRAY: numbers_and_arrays.unpack_object_array,
    tags.DTYPE: numbers_and_arrays.unpack_dtype,
    tags.TENSOR: torch_nodes.unpack_tensor,
    tags.TORCH_CONSTANT: torch_nodes.unpack_constant,
    tags.GENERATOR: generators.unpack,
    tags.RATIONAL: plain_values.unpack_rational,
    tags.DECIMAL: plain_values.unpack_decimal,
    tags.MOMENT: plain_values.unpack_moment,
    tags.BYTEARRAY: plain_values.unpack_bytearray,
    tags.DEQUE: containers.unpack_deque,
    tags.VIEW: containers.unpack_view,
    tags.PATH: plain_values.unpack_path,
    tags.ZONED_MOMENT: plain_values.unpack_zoned_moment,
    tags.MATRIX: numbers_and_arrays.unpack_matrix,
    tags.FIELDS: numbers_and_arrays.unpack_fields,
    tags.TYPED: plain_values.unpack_typed,
    tags.SPARSE: sparse.unpack,
    tags.PANDAS: frames.unpack,
    tags.EXPRESSION: expressions.unpack,
    tags.REFERENCE: lambda unpacker, node: unpacker.reference(unpacker.parts(node, 2)[1]),
    tags.SHARED: lambda unpacker, node: unpacker.shared(unpacker.parts(node, 2)[1]),
    tags.OTHER: lambda unpacker, node: unpacker.other(unpacker.parts(node, 2)[1]),
}
