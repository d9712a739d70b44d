"""What may be a key of a dict or an item of a set: unchanging data, and objects that are equal to themselves alone."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import sys
from collections.abc import Callable
from typing import Any

from grader.engine.encoding import expressions, numbers_and_arrays
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, RefusedValue

_SIMPLE = (str, int, float, complex, bytes)
_MORE = (
    *(fractions.Fraction, decimal.Decimal, pathlib.PurePath),
    *(datetime.date, datetime.time, datetime.timedelta),
)


BY_IDENTITY: list[Callable[[Any], bool]] = []
"""Each knows objects that stand for one of the other end's which is equal to itself alone."""

NEVER: list[Callable[[Any], bool]] = []
"""Each knows objects that never arrive as keys, since they would be asked for their hash."""


def is_plain(key: Any) -> bool:
    """Can this key travel by value? One that differs from itself cannot: a dict may hold any number of these."""
    if isinstance(key, (tuple, frozenset)):
        return all(map(is_plain, key))
    if key is None:
        return True
    if isinstance(key, _SIMPLE) or numbers_and_arrays.is_scalar(key):
        return bool(key == key)
    if _is_other(key):
        return _can_be_sent(key) and bool(key == key)
    return _is_by_identity(key)


def check(key: Any) -> None:
    """Refuse a key that is no data, or differs from itself. Raises RefusedValue."""
    if type(key) not in _SIMPLE and any(knows(key) for knows in NEVER):
        raise RefusedValue("a key with methods of its own")
    if isinstance(key, (tuple, frozenset)):
        for part in key:
            check(part)
    elif key is None or isinstance(key, _SIMPLE) or numbers_and_arrays.is_scalar(key) or _is_other(key):
        if key != key:
            raise RefusedValue("a key that is not a number")
    elif not _is_by_identity(key):
        raise RefusedValue("a key that can change")


def _is_other(key: Any) -> bool:
    return isinstance(key, _MORE) or expressions.is_expression(key) or _is_period_or_interval(key)


def _is_by_identity(key: Any) -> bool:
    """Is this equal to itself alone, as functions, classes and members of an enumeration are?"""
    kind: Any = type(key)
    return kind.__eq__ is object.__eq__ or any(knows(key) for knows in BY_IDENTITY)


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
