"""SciPy's sparse matrices and arrays as nodes, and back: by their numbers and the places of these."""

from __future__ import annotations

import sys
from typing import Any

from grader.engine.encoding import numbers_and_arrays, tags
from grader.engine.encoding.pack import Pack, Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

_FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
_MOST_LENGTH = 1 << 40
_INDEXES = 2


def packer_for(kind: type) -> Pack | None:
    """The function that packs values of this type of SciPy, or None. SciPy is not imported for the question."""
    sparse = _imported()
    return _pack if sparse is not None and any(kind is getattr(sparse, name) for name in _names()) else None


def is_mutable(value: Any) -> bool:
    """Is this one of the sparse matrices and arrays that can be sent? All of them can be changed in place."""
    return packer_for(type(value)) is not None


def snapshot(value: Any) -> tuple[Any, ...]:
    """What a sparse matrix holds, to see later whether it has changed."""
    plain = value.tocoo()
    return (value.shape, plain.data.dtype, *(part.tobytes() for part in (plain.data, *plain.coords)))


def unpack(unpacker: Unpacker, node: list[Node]) -> Any:
    """The matrix or array of a SPARSE node."""
    _, name, shape, data_node, place_nodes = unpacker.parts(node, 5)
    number = unpacker.reserve()
    if name not in _names() or type(shape) is not list or len(shape) not in (1, _INDEXES):
        raise RefusedValue("a sparse matrix is malformed")
    if not all(type(n) is int and 0 <= n < _MOST_LENGTH for n in shape):
        raise RefusedValue("a sparse matrix is malformed")
    if type(place_nodes) is not list or len(place_nodes) != len(shape):
        raise RefusedValue("a sparse matrix is malformed")
    data, *places = (_numbers(unpacker, part) for part in (data_node, *place_nodes))
    for place, length in zip(places, shape, strict=True):
        wrong = place.dtype.kind not in "iu" or len(place) != len(data)
        if wrong or (len(place) and not 0 <= int(place.min()) <= int(place.max()) < length):
            raise RefusedValue("a sparse matrix with a number outside of it")
    try:
        return unpacker.keep(number, _made(name, shape, data, places))
    except ImportError:
        raise RefusedValue("a sparse matrix, and SciPy is not installed here") from None
    except Exception as error:
        raise RefusedValue(f"a sparse matrix is malformed: {type(error).__name__}") from None


def _names() -> list[str]:
    return [f"{form}_{kind}" for form in _FORMATS for kind in ("matrix", "array")]


def _imported() -> Any:
    sparse = sys.modules.get("scipy.sparse")
    return sparse if hasattr(sparse, "dok_array") and hasattr(sparse, "bsr_matrix") else None


def _pack(packer: Packer, value: Any) -> Node:
    plain = value.tocoo()
    try:
        arrays = [numbers_and_arrays.array_node(packer, part) for part in (plain.data, *plain.coords)]
    except EncodingError:
        return packer.other(value)
    packer.note_mutable(value)
    return [tags.SPARSE, type(value).__name__, [int(n) for n in value.shape], arrays[0], arrays[1:]]


def _numbers(unpacker: Unpacker, node: Node) -> Any:
    if type(node) is not list or len(node) != 6 or node[0] != tags.ARRAY:
        raise RefusedValue("a sparse matrix is malformed")
    array = numbers_and_arrays.unpack_array(unpacker, node)
    if array.ndim != 1 or array.dtype.kind not in "biufc":
        raise RefusedValue("a sparse matrix is malformed")
    return array


def _made(name: str, shape: list[int], data: Any, places: list[Any]) -> Any:
    import scipy.sparse

    form, _, kind = name.partition("_")
    plain = getattr(scipy.sparse, f"coo_{kind}")((data, tuple(places)), shape=tuple(shape))
    return plain if form == "coo" else getattr(scipy.sparse, name)(plain)
