"""What may be a key of a dict, an item of a set or a name of a column: data that cannot change."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import sys
from typing import Any

from grader.engine.encoding import expressions, numbers_and_arrays
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, RefusedValue

_SIMPLE = (str, int, float, complex, bytes)
_MORE = (
    *(fractions.Fraction, decimal.Decimal, pathlib.PurePath),
    *(datetime.date, datetime.time, datetime.timedelta),
)


def is_plain(key: Any) -> bool:
    """Can this key travel by value? One that differs from itself cannot: a dict may hold any number of these."""
    if isinstance(key, (tuple, frozenset)):
        return all(map(is_plain, key))
    if key is None:
        return True
    if isinstance(key, _SIMPLE) or numbers_and_arrays.is_scalar(key):
        return bool(key == key)
    return _is_other(key) and _can_be_sent(key) and bool(key == key)


def check(key: Any) -> None:
    """Refuse a key that is no data, or differs from itself. Raises RefusedValue."""
    if isinstance(key, (tuple, frozenset)):
        for part in key:
            check(part)
    elif not (key is None or isinstance(key, _SIMPLE) or numbers_and_arrays.is_scalar(key) or _is_other(key)):
        raise RefusedValue("a key that is not plain data")
    elif key != key:
        raise RefusedValue("a key that is not a number")


def _is_other(key: Any) -> bool:
    return isinstance(key, _MORE) or expressions.is_expression(key) or _is_period_or_interval(key)


def _can_be_sent(key: Any) -> bool:
    try:
        Packer().pack(key)
    except EncodingError:
        return False
    return True


def _is_period_or_interval(key: Any) -> bool:
    """Is this such a value of pandas? Its moments are moments of Python's."""
    pandas = sys.modules.get("pandas")
    kinds = getattr(pandas, "Period", None), getattr(pandas, "Interval", None)
    return pandas is not None and type(key) in kinds
