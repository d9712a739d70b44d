"""Indexes and columns of pandas as nodes, and back; columns of categories and intervals hold indexes."""

from __future__ import annotations

from typing import Any

from grader.engine.encoding import frame_columns, keys, numbers_and_arrays
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

_MOST_ROWS = 1 << 27  # of a range, which holds no memory until somebody asks for its values
_MOST_LEVELS = 64
_MOST_FREQ = 40

CLOSED = ("left", "right", "both", "neither")
"""The sides of an interval that belong to it."""


def pack_index(packer: Packer, index: Any) -> Node:
    """The node of an index. Raises EncodingError for one that holds what is no data."""
    import numpy as np
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        levels = [pack_index(packer, level) for level in index.levels]
        codes = [numbers_and_arrays.array_node(packer, np.asarray(code)) for code in index.codes]
        return ["multi", levels, codes, [pack_name(packer, name) for name in index.names]]
    name = pack_name(packer, index.name)
    if isinstance(index, pd.RangeIndex):
        return ["range", *(packer.pack(int(n)) for n in (index.start, index.stop, index.step)), name]
    return ["values", pack_column(packer, index), name, _freq(index)]


def _freq(index: Any) -> str | None:
    """The step of an index of dates, where its text says all of it."""
    import pandas as pd

    freq = getattr(index, "freq", None)
    if freq is None or not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        return None
    text = str(freq.freqstr)
    if len(text) > _MOST_FREQ or pd.tseries.frequencies.to_offset(text) != freq:
        raise EncodingError("an index with a step of its own cannot be sent")
    return text


def unpack_index(unpacker: Unpacker, node: Node) -> Any:
    """The index of a node. Raises RefusedValue, or an error of pandas, for a malformed one."""
    import pandas as pd

    if type(node) is not list or not node:
        raise RefusedValue("an index is malformed")
    if node[0] == "multi":
        return _multi(unpacker, node)
    if node[0] == "range":
        _, *numbers, name = unpacker.parts(node, 5)
        if not all(type(n) is int and abs(n) < 1 << 62 for n in numbers) or numbers[2] == 0:
            raise RefusedValue("an index is malformed")
        if len(range(*numbers)) > _MOST_ROWS:
            raise RefusedValue("an index of too many rows")
        return pd.RangeIndex(*numbers, name=unpack_name(unpacker, name))
    if node[0] != "values":
        raise RefusedValue("an index of a kind that is not allowed")
    _, column, name, freq = unpacker.parts(node, 4)
    values = unpack_column(unpacker, column)
    index = pd.Index(values, dtype=values.dtype, name=unpack_name(unpacker, name))
    if freq is None:
        return index
    if type(freq) is not str or len(freq) > _MOST_FREQ or not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        raise RefusedValue("an index with a step that is not allowed")
    return type(index)(index, freq=freq)


def _multi(unpacker: Unpacker, node: list[Node]) -> Any:
    import pandas as pd

    _, level_nodes, code_nodes, name_nodes = unpacker.parts(node, 4)
    for nodes in (level_nodes, code_nodes, name_nodes):
        if type(nodes) is not list or not 0 < len(nodes) <= _MOST_LEVELS:
            raise RefusedValue("an index is malformed")
    levels = [unpack_index(unpacker, level) for level in level_nodes]
    codes = [frame_columns.unpack_numbers(unpacker, code, "i") for code in code_nodes]
    names = [unpack_name(unpacker, name) for name in name_nodes]
    return pd.MultiIndex(levels=levels, codes=codes, names=names, verify_integrity=True)


def pack_name(packer: Packer, name: Any) -> Node:
    """The node of the name of an index or a column."""
    if not keys.is_plain(name):
        raise EncodingError("a name that is no data cannot be sent")
    return packer.pack(name)


def unpack_name(unpacker: Unpacker, node: Node) -> Any:
    """The name of an index or a column."""
    name = unpacker.unpack(node)
    keys.check(name)
    return name


def pack_column(packer: Packer, values: Any) -> Node:
    """The node of the values of a series or index. Raises EncodingError for those of a dtype that is not sent."""
    import numpy as np
    import pandas as pd

    array = values.array
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = numbers_and_arrays.array_node(packer, np.asarray(array.codes))
        return ["categories", codes, pack_index(packer, array.categories), bool(array.ordered)]
    if isinstance(values.dtype, pd.IntervalDtype):
        return ["intervals", *(pack_index(packer, end) for end in (array.left, array.right)), str(array.closed)]
    return frame_columns.pack_values(packer, values)


def unpack_column(unpacker: Unpacker, node: Node) -> Any:
    """The array of pandas or NumPy of a node, of one dimension. Raises RefusedValue for a malformed one."""
    if type(node) is list and node and node[0] == "categories":
        return _categories(unpacker, node)
    if type(node) is list and node and node[0] == "intervals":
        return _intervals(unpacker, node)
    return frame_columns.unpack_values(unpacker, node)


def _categories(unpacker: Unpacker, node: list[Node]) -> Any:
    import pandas as pd

    _, codes_node, categories_node, ordered = unpacker.parts(node, 4)
    codes = frame_columns.unpack_numbers(unpacker, codes_node, "i")
    categories = unpack_index(unpacker, categories_node)
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered is True))


def _intervals(unpacker: Unpacker, node: list[Node]) -> Any:
    import pandas as pd

    _, left, right, closed = unpacker.parts(node, 4)
    if closed not in CLOSED:
        raise RefusedValue("intervals are malformed")
    ends = [unpack_index(unpacker, end) for end in (left, right)]
    return pd.arrays.IntervalArray.from_arrays(*ends, closed=closed)
