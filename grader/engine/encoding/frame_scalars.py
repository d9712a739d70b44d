"""Single values of pandas as nodes, and back: moments, differences, periods, intervals and what is missing."""

from __future__ import annotations

from typing import Any

from grader.engine.encoding import zones
from grader.engine.encoding.frame_columns import UNITS, checked_period
from grader.engine.encoding.frame_indexes import CLOSED
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

NAMES = ("Timestamp", "Timedelta", "Period", "Interval", "NaT", "NA")


def pack_scalar(packer: Packer, value: Any) -> list[Node]:
    """The name of a value's kind, and its parts. Raises EncodingError for one that holds what is no data."""
    import pandas as pd

    if value is pd.NaT or value is pd.NA:
        return ["NA" if value is pd.NA else "NaT"]
    if isinstance(value, pd.Timestamp):
        plain = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
        zone = None if value.tz is None else zones.pack_zone(value.tz)
        return ["Timestamp", int(plain.asm8.view("i8")), str(value.unit), zone]
    if isinstance(value, pd.Timedelta):
        return ["Timedelta", int(value.asm8.view("i8")), str(value.unit)]
    if isinstance(value, pd.Period):
        return ["Period", int(value.ordinal), str(value.freqstr)]
    if isinstance(value, pd.Interval):
        return ["Interval", packer.pack(value.left), packer.pack(value.right), str(value.closed)]
    raise EncodingError(f"a value of type {type(value).__name__} cannot be sent")


def unpack_scalar(unpacker: Unpacker, name: str, parts: list[Node]) -> Any:
    """The value of a kind of NAMES. Raises RefusedValue, or an error of pandas, for a malformed one."""
    import numpy as np
    import pandas as pd

    if len(parts) != {"Timestamp": 3, "Interval": 3, "Timedelta": 2, "Period": 2}.get(name, 0):
        raise RefusedValue("a value of pandas is malformed")
    if not parts:
        return pd.NA if name == "NA" else pd.NaT
    if name == "Interval":
        if parts[2] not in CLOSED:
            raise RefusedValue("an interval is malformed")
        return pd.Interval(unpacker.unpack(parts[0]), unpacker.unpack(parts[1]), closed=parts[2])
    number, unit = parts[:2]
    if type(number) is not int or not abs(number) < 1 << 63:
        raise RefusedValue("a value of pandas is malformed")
    if name == "Period":
        return pd.Period(ordinal=number, freq=checked_period(unit))
    if unit not in UNITS:
        raise RefusedValue("a moment in a unit that is not allowed")
    if name == "Timedelta":
        return pd.Timedelta(np.timedelta64(number, unit))
    moment = pd.Timestamp(np.datetime64(number, unit))
    return moment if parts[2] is None else moment.tz_localize("UTC").tz_convert(zones.unpack_zone(parts[2]))
