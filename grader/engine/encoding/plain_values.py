"""Large and complex numbers, fractions, ranges, constants, dates, paths, bytearrays and arrays as nodes, and back."""

from __future__ import annotations

import array
import datetime
import decimal
import fractions
import pathlib
from typing import Any

from grader.engine.encoding import tags, unfolding, zones
from grader.engine.encoding.pack import Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unfolding import MOST_EXPONENT
from grader.engine.encoding.unpack import Unpacker

MOST_DIGITS = 1 << 16
"""Characters of a decimal number."""


def pack_complex(_: Packer, value: complex) -> Node:
    """The COMPLEX node of a number, of which a subclass says nothing itself."""
    plain = complex.__pos__(value)
    return [tags.COMPLEX, plain.real, plain.imag]


def pack_range(packer: Packer, value: range) -> Node:
    """The RANGE node of a range that does not unfold to too much."""
    if not packer.unfolding.takes(unfolding.length(value)):
        return packer.other(value)
    return [tags.RANGE, *map(packer.pack, (value.start, value.stop, value.step))]


def pack_slice(packer: Packer, value: slice) -> Node:
    """The SLICE node of a slice."""
    return [tags.SLICE, *map(packer.pack, (value.start, value.stop, value.step))]


def pack_rational(packer: Packer, value: fractions.Fraction) -> Node:
    """The RATIONAL node of a fraction."""
    return [tags.RATIONAL, packer.pack(int(value.numerator)), packer.pack(int(value.denominator))]


def pack_bytearray(packer: Packer, value: bytearray) -> Node:
    """The BYTEARRAY node of a bytearray."""
    packer.note_mutable(value)
    return [tags.BYTEARRAY, bytes(value)]


def unpack_bytearray(unpacker: Unpacker, node: list[Node]) -> bytearray:
    """The bytearray of a BYTEARRAY node."""
    number = unpacker.reserve()
    data = unpacker.parts(node, 2)[1]
    if type(data) is not bytes:
        raise RefusedValue("a bytearray is malformed")
    made: bytearray = unpacker.keep(number, bytearray(data))
    return made


_TYPECODES = "bBhHiIlLqQfd"


def pack_typed(packer: Packer, value: array.array[Any]) -> Node:
    """The TYPED node of an array of Python's own; one of characters is no plain data."""
    if value.typecode not in _TYPECODES:
        return packer.other(value)
    packer.note_mutable(value)
    return [tags.TYPED, value.typecode, value.tobytes()]


def unpack_typed(unpacker: Unpacker, node: list[Node]) -> array.array[Any]:
    """The array of a TYPED node."""
    number = unpacker.reserve()
    _, code, data = unpacker.parts(node, 3)
    if type(code) is not str or len(code) != 1 or code not in _TYPECODES or type(data) is not bytes:
        raise RefusedValue("an array is malformed")
    if len(data) % array.array(code).itemsize:
        raise RefusedValue("an array of the wrong size for its type")
    made: array.array[Any] = unpacker.keep(number, array.array(code, data))
    return made


def unpack_big_int(unpacker: Unpacker, node: list[Node]) -> int:
    """The integer of a BIG_INT node."""
    data = unpacker.parts(node, 2)[1]
    if type(data) is not bytes or len(data) > tags.MOST_BIG_INT_BYTES:
        raise RefusedValue("an integer of too many digits")
    return int.from_bytes(data, "big", signed=True)


def unpack_complex(unpacker: Unpacker, node: list[Node]) -> complex:
    """The number of a COMPLEX node."""
    _, real, imaginary = unpacker.parts(node, 3)
    if type(real) is not float or type(imaginary) is not float:
        raise RefusedValue("a complex number is malformed")
    return complex(real, imaginary)


def unpack_range(unpacker: Unpacker, node: list[Node]) -> range:
    """The range of a RANGE node."""
    start, stop, step = (unpacker.unpack(part) for part in unpacker.parts(node, 4)[1:])
    if not all(type(part) is int for part in (start, stop, step)) or step == 0:
        raise RefusedValue("a range is malformed")
    made = range(start, stop, step)
    unpacker.unfold(unfolding.length(made))
    return made


def unpack_slice(unpacker: Unpacker, node: list[Node]) -> slice:
    """The slice of a SLICE node."""
    return slice(*(unpacker.unpack(part) for part in unpacker.parts(node, 4)[1:]))


def unpack_singleton(unpacker: Unpacker, node: list[Node]) -> Any:
    """The constant of a SINGLETON node."""
    name = unpacker.parts(node, 2)[1]
    if type(name) is not str or name not in tags.SINGLETONS:
        raise RefusedValue("a constant that is not allowed")
    return tags.SINGLETONS[name]


def unpack_rational(unpacker: Unpacker, node: list[Node]) -> fractions.Fraction:
    """The fraction of a RATIONAL node."""
    numerator, denominator = (unpacker.unpack(part) for part in unpacker.parts(node, 3)[1:])
    if type(numerator) is not int or type(denominator) is not int or denominator == 0:
        raise RefusedValue("a fraction is malformed")
    return fractions.Fraction(numerator, denominator)


def pack_decimal(packer: Packer, value: decimal.Decimal) -> Node:
    """The DECIMAL node of a number that does not unfold to too many digits."""
    text = decimal.Decimal.__str__(value)
    return [tags.DECIMAL, text] if _is_moderate(value) and len(text) <= MOST_DIGITS else packer.other(value)


def _is_moderate(value: decimal.Decimal) -> bool:
    """Whether an integer or a fraction that a test makes of it has no more digits than may be sent."""
    if not decimal.Decimal.is_finite(value):
        return True
    least = decimal.Decimal.as_tuple(value).exponent
    return abs(decimal.Decimal.adjusted(value)) <= MOST_EXPONENT and abs(int(least)) <= MOST_EXPONENT


def unpack_decimal(unpacker: Unpacker, node: list[Node]) -> decimal.Decimal:
    """The number of a DECIMAL node."""
    text = unpacker.parts(node, 2)[1]
    try:
        if type(text) is str and len(text) <= MOST_DIGITS:
            made = decimal.Decimal(text)
            if _is_moderate(made):
                return made
    except decimal.InvalidOperation:
        pass
    raise RefusedValue("a decimal number is malformed, or has too many digits")


def pack_moment(packer: Packer, value: Any) -> Node:
    """The MOMENT node of a date, a time, both, or a difference; the ZONED_MOMENT node of one with a time zone."""
    if isinstance(value, datetime.timedelta):
        return [tags.MOMENT, "timedelta", [value.days, value.seconds, value.microseconds]]
    name = next(n for n in ("datetime", "date", "time") if isinstance(value, getattr(datetime, n)))
    zone = None if name == "date" else value.tzinfo
    if zone is None:
        return [tags.MOMENT, name, value.isoformat()]
    try:
        return [tags.ZONED_MOMENT, name, value.replace(tzinfo=None).isoformat(), value.fold, zones.pack_zone(zone)]
    except EncodingError:
        return packer.other(value)


def unpack_moment(unpacker: Unpacker, node: list[Node]) -> Any:
    """The date or time of a MOMENT node."""
    _, name, value = unpacker.parts(node, 3)
    try:
        if name == "timedelta" and type(value) is list and len(value) == 3 and all(type(v) is int for v in value):
            return datetime.timedelta(*value)
        if name in ("datetime", "date", "time") and type(value) is str and len(value) <= 40:
            return getattr(datetime, name).fromisoformat(value)
    except (ValueError, OverflowError):
        pass
    raise RefusedValue("a date or time is malformed")


def unpack_zoned_moment(unpacker: Unpacker, node: list[Node]) -> Any:
    """The date or time of a ZONED_MOMENT node."""
    _, name, text, fold, zone = unpacker.parts(node, 5)
    if name not in ("datetime", "time") or fold not in (0, 1):
        raise RefusedValue("a date or time is malformed")
    return unpack_moment(unpacker, [tags.MOMENT, name, text]).replace(tzinfo=zones.unpack_zone(zone), fold=fold)


_PATHS: dict[str, Any] = {
    "Path": pathlib.Path,
    "PurePosixPath": pathlib.PurePosixPath,
    "PureWindowsPath": pathlib.PureWindowsPath,
}
_MOST_PATH = 4096


def pack_path(packer: Packer, value: pathlib.PurePath) -> Node:
    """The PATH node of a path."""
    kind = next(name for name, kind in _PATHS.items() if isinstance(value, kind))
    text = str(value)
    return [tags.PATH, kind, text] if len(text) <= _MOST_PATH else packer.other(value)


def unpack_path(unpacker: Unpacker, node: list[Node]) -> pathlib.PurePath:
    """The path of a PATH node."""
    _, kind, text = unpacker.parts(node, 3)
    if type(kind) is not str or kind not in _PATHS or type(text) is not str or len(text) > _MOST_PATH or "\0" in text:
        raise RefusedValue("a path is malformed")
    made: pathlib.PurePath = _PATHS[kind](text)
    return made
