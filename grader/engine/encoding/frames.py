"""The objects of pandas as nodes, and back: frames, series, indexes, arrays and single values.

What holds anything but data stays an object of its process. Pandas is imported only when a node needs it.
"""

from __future__ import annotations

import sys
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.frame_indexes import (
    pack_column,
    pack_index,
    pack_name,
    unpack_column,
    unpack_index,
    unpack_name,
)
from grader.engine.encoding.frame_scalars import NAMES, pack_scalar, unpack_scalar
from grader.engine.encoding.numbers_and_arrays import array_node
from grader.engine.encoding.pack import Pack, Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker


def packer_for(kind: type) -> Pack | None:
    """The function that packs values of this type of pandas, or None. Pandas is not imported for the question."""
    pandas = _imported()
    if pandas is None:
        return None
    bases = type.__dict__["__mro__"].__get__(kind)
    if pandas.DataFrame in bases or pandas.Series in bases or pandas.api.extensions.ExtensionArray in bases:
        return _pack_mutable
    if pandas.Index in bases or pandas.Timestamp in bases or pandas.Timedelta in bases:
        return _pack_immutable
    return _pack_immutable if kind in _other_scalars(pandas) else None


def is_mutable(value: Any) -> bool:
    """Is this a frame, a series or an array of pandas, which student code can change in place?"""
    return packer_for(type(value)) is _pack_mutable


def snapshot(value: Any) -> tuple[Node, list[bytes]]:
    """All that a frame, a series or an array of pandas holds, to see later whether it has changed."""
    packer = Packer()
    return packer.pack(value), [bytes(buffer) for buffer in packer.buffers]


def take_over(target: Any, value: Any) -> bool:
    """Give a frame, series or array the contents of another one. Returns False where they are of different kinds."""
    import pandas as pd

    for kind in (pd.DataFrame, pd.Series):
        if isinstance(target, kind):
            if type(value) is not kind:
                return False
            kind.__init__(target, value)  # as if it had been made with these contents; names and attributes come along
            target.attrs = value.attrs
            return True
    if type(target) is not type(value) or target.dtype != value.dtype or len(target) != len(value):
        return False
    target[:] = value
    return True


def unpack(unpacker: Unpacker, node: list[Node]) -> Any:
    """The object of a PANDAS node."""
    if len(node) < 2 or type(node[1]) is not str:
        raise RefusedValue("a value of pandas is malformed")
    number = unpacker.reserve() if node[1] in ("frame", "series", "array") else None
    inner = unpacker.unnumbered()
    try:
        made = _made(inner, node[1], node[2:])
    except RefusedValue:
        raise
    except ImportError:
        raise RefusedValue("a value of pandas, which is not installed here") from None
    except Exception as error:  # pandas checks what it is given, and has many ways to say so
        raise RefusedValue(f"a value of pandas is malformed: {type(error).__name__}") from None
    return made if number is None else unpacker.keep(number, made)


def _imported() -> Any:
    pandas = sys.modules.get("pandas")
    return pandas if getattr(pandas, "DataFrame", None) is not None and hasattr(pandas, "api") else None


def _other_scalars(pandas: Any) -> tuple[type, ...]:
    return pandas.Period, pandas.Interval, type(pandas.NaT), type(pandas.NA)


def _pack_mutable(packer: Packer, value: Any) -> Node:
    return _packed(packer, value, mutable=True)


def _pack_immutable(packer: Packer, value: Any) -> Node:
    return _packed(packer, value, mutable=False)


def _packed(packer: Packer, value: Any, *, mutable: bool) -> Node:
    buffers = len(packer.buffers)
    try:
        node = _node(packer.unnumbered(), value)
    except EncodingError:
        del packer.buffers[buffers:]
        return packer.other(value)
    if mutable:
        packer.note_mutable(value)
    return [tags.PANDAS, *node]


def _node(packer: Packer, value: Any) -> list[Node]:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        plain = pd.DataFrame(value)
        columns = _columns(packer, plain)
        return [
            "frame",
            pack_index(packer, plain.index),
            pack_index(packer, plain.columns),
            columns,
            _attrs(packer, value),
        ]
    if isinstance(value, pd.Series):
        plain = pd.Series(value)
        index, name = pack_index(packer, plain.index), pack_name(packer, plain.name)
        return ["series", index, name, pack_column(packer, plain), _attrs(packer, value)]
    if isinstance(value, pd.Index):
        return ["index", pack_index(packer, value)]
    if isinstance(value, pd.api.extensions.ExtensionArray):
        if value.ndim != 1:
            raise EncodingError("an array of pandas of more dimensions than one cannot be sent")
        return ["array", pack_column(packer, pd.Series(value))]
    return pack_scalar(packer, value)


def _columns(packer: Packer, frame: Any) -> list[Node]:
    """The nodes of a frame's columns; where all hold numbers of one kind, without a series for each."""
    import numpy as np

    dtypes = set(frame.dtypes)
    first = next(iter(dtypes), None)
    if len(dtypes) == 1 and isinstance(first, np.dtype) and first.kind in "biufc":
        return [["numbers", array_node(packer, column)] for column in frame.to_numpy().T]
    return [pack_column(packer, frame.iloc[:, n]) for n in range(frame.shape[1])]


def _attrs(packer: Packer, value: Any) -> Node:
    return packer.pack(value.attrs) if value.attrs else None


def _made(unpacker: Unpacker, kind: str, parts: list[Node]) -> Any:
    import pandas as pd

    if kind in NAMES:
        return unpack_scalar(unpacker, kind, parts)
    if kind == "index" and len(parts) == 1:
        return unpack_index(unpacker, parts[0])
    if kind == "array" and len(parts) == 1:
        values = unpack_column(unpacker, parts[0])
        return pd.Series(values, dtype=values.dtype).array
    if kind not in ("frame", "series") or len(parts) != 4:
        raise RefusedValue("a value of pandas of a kind that is not allowed")
    made = _frame(unpacker, parts) if kind == "frame" else _series(unpacker, parts)
    attrs = unpacker.unpack(parts[3])
    if attrs is not None:
        if type(attrs) is not dict:
            raise RefusedValue("the attributes of a frame are malformed")
        made.attrs = attrs
    return made


def _series(unpacker: Unpacker, parts: list[Node]) -> Any:
    import pandas as pd

    index, name = unpack_index(unpacker, parts[0]), unpack_name(unpacker, parts[1])
    values = unpack_column(unpacker, parts[2])
    if len(values) != len(index):
        raise RefusedValue("a series of another length than its index")
    return pd.Series(values, index=index, dtype=values.dtype, name=name)


def _frame(unpacker: Unpacker, parts: list[Node]) -> Any:
    import numpy as np
    import pandas as pd

    index, columns = unpack_index(unpacker, parts[0]), unpack_index(unpacker, parts[1])
    if type(parts[2]) is not list or len(parts[2]) != len(columns):
        raise RefusedValue("a frame of another number of columns than it says")
    values = [unpack_column(unpacker, node) for node in parts[2]]
    if any(len(column) != len(index) for column in values):
        raise RefusedValue("a column of another length than the frame's index")
    dtypes = {column.dtype for column in values}
    if len(dtypes) == 1 and isinstance(values[0], np.ndarray) and values[0].dtype.kind in "biufc":
        frame = pd.DataFrame(np.stack(values, axis=1))
    else:
        made = {number: pd.Series(column, dtype=column.dtype) for number, column in enumerate(values)}
        frame = pd.DataFrame(made, index=pd.RangeIndex(len(index)))
    frame.index, frame.columns = index, columns
    return frame
