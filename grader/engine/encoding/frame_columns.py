"""The values of one column or index of pandas as a node, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from grader.engine.encoding import numbers_and_arrays, zones
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

UNITS = ("s", "ms", "us", "ns")
_NUMBERS = "biufcMm"
_PERIOD = re.compile(r"\d{0,6}[A-Za-z]{1,3}(?:-[A-Z]{3})?")


def pack_values(packer: Packer, values: Any) -> Node:
    """The node of the values of a series or index. Raises EncodingError for those of a dtype that is not sent."""
    import numpy as np
    import pandas as pd

    dtype, array = values.dtype, values.array
    if isinstance(dtype, np.dtype):
        plain = np.asarray(values)
        if dtype.kind == "O":
            return ["objects", packer.items(array, plain.tolist(), plain.size)]
        if dtype.kind in _NUMBERS:
            return ["numbers", numbers_and_arrays.array_node(packer, plain)]
    elif isinstance(dtype, pd.StringDtype):
        texts = array.to_numpy(dtype=object, na_value=None).tolist()
        missing = "NA" if getattr(dtype, "na_value", pd.NA) is pd.NA else "nan"
        return ["texts", str(dtype.storage), missing, packer.items(array, texts, len(texts))]
    elif isinstance(dtype, pd.DatetimeTZDtype):
        plain = np.asarray(pd.DatetimeIndex(array).tz_convert("UTC").tz_localize(None))
        return ["moments", numbers_and_arrays.array_node(packer, plain), zones.pack_zone(dtype.tz)]
    elif isinstance(dtype, pd.PeriodDtype):
        return ["periods", numbers_and_arrays.array_node(packer, np.asarray(array.asi8)), str(array.freqstr)]
    elif isinstance(array, pd.arrays.IntegerArray | pd.arrays.FloatingArray | pd.arrays.BooleanArray):
        plain = array.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        parts = (plain, np.asarray(array.isna()))
        return ["nullable", *(numbers_and_arrays.array_node(packer, part) for part in parts)]
    raise EncodingError(f"a column of dtype {dtype} cannot be sent")


def unpack_values(unpacker: Unpacker, node: Node) -> Any:
    """The array of pandas or NumPy of a node, of one dimension. Raises RefusedValue for a malformed one."""
    if type(node) is not list or not node or type(node[0]) is not str or node[0] not in _UNPACK:
        raise RefusedValue("a column of a kind that is not allowed")
    return _UNPACK[node[0]](unpacker, node)


def unpack_numbers(unpacker: Unpacker, node: Node, kinds: str = _NUMBERS) -> Any:
    """The array of numbers of an ARRAY node, of one dimension and one of these kinds of dtype."""
    import numpy as np

    if type(node) is not list or len(node) != 6:
        raise RefusedValue("a column is malformed")
    array = numbers_and_arrays.unpack_array(unpacker, node)
    if array.ndim != 1 or array.dtype.kind not in kinds:
        raise RefusedValue("a column of a shape or dtype that is not allowed")
    if array.dtype.kind in "Mm":
        unit, count = np.datetime_data(array.dtype)
        if unit not in UNITS or count != 1:
            raise RefusedValue("a column of dates in a unit that is not allowed")
    return array if array.flags.writeable else array.copy()


def checked_period(freq: Any) -> str:
    """The text of a frequency of periods. Raises RefusedValue for another one."""
    if type(freq) is not str or not _PERIOD.fullmatch(freq):
        raise RefusedValue("a frequency that is not allowed")
    return freq


def _objects(unpacker: Unpacker, node: list[Node]) -> Any:
    import numpy as np

    items = unpacker.items(unpacker.parts(node, 2)[1])
    array = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        array[position] = item
    return array


def _numbers(unpacker: Unpacker, node: list[Node]) -> Any:
    return unpack_numbers(unpacker, unpacker.parts(node, 2)[1])


def _texts(unpacker: Unpacker, node: list[Node]) -> Any:
    import numpy as np
    import pandas as pd

    _, storage, missing, texts = unpacker.parts(node, 4)
    if type(texts) is not list or not all(text is None or type(text) is str for text in texts):
        raise RefusedValue("a column of texts is malformed")
    if storage not in ("python", "pyarrow") or missing not in ("NA", "nan"):
        raise RefusedValue("a column of texts of a kind that is not allowed")
    make: Any = pd.StringDtype
    return pd.array(texts, dtype=make(storage) if missing == "NA" else make(storage, na_value=np.nan))


def _moments(unpacker: Unpacker, node: list[Node]) -> Any:
    import pandas as pd

    _, moments, zone = unpacker.parts(node, 3)
    in_utc = pd.DatetimeIndex(unpack_numbers(unpacker, moments, "M")).tz_localize("UTC")
    return in_utc.tz_convert(zones.unpack_zone(zone)).array


def _periods(unpacker: Unpacker, node: list[Node]) -> Any:
    import numpy as np
    import pandas as pd

    _, ordinals, freq = unpacker.parts(node, 3)
    numbers = unpack_numbers(unpacker, ordinals, "i").astype(np.int64)
    return pd.arrays.PeriodArray(numbers, dtype=pd.PeriodDtype(checked_period(freq)))


def _nullable(unpacker: Unpacker, node: list[Node]) -> Any:
    import pandas as pd

    _, number_node, mask_node = unpacker.parts(node, 3)
    numbers, mask = unpack_numbers(unpacker, number_node, "biuf"), unpack_numbers(unpacker, mask_node, "b")
    kinds = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
    return kinds.get(numbers.dtype.kind, pd.arrays.IntegerArray)(numbers, mask)


_UNPACK: dict[str, Callable[[Unpacker, list[Node]], Any]] = {
    "objects": _objects,
    "numbers": _numbers,
    "texts": _texts,
    "moments": _moments,
    "periods": _periods,
    "nullable": _nullable,
}
