"""Where the form of a result is the lesson, and where a test goes on with a result in whatever form it came."""

from __future__ import annotations

import operator
import sys
import types
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from course_lib.check.arrays import Array, Unusable, one_shape, to_array, to_parts
from course_lib.check.calls import argument_call
from course_lib.check.describe import is_tensor, kind, short
from course_lib.check.describe import number as number_text
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Finding, nothing_returned

_TO_DO = {
    "int": "Work with whole numbers, as with `//`, or return int(...).",
    "float": "Return float(...).",
    "bool": "Return a comparison, or bool(...).",
    "tuple": "Return the parts with commas between them: `return a, b`.",
    "list": "Return list(...), or put the values in [ ].",
    "ndarray": "Return np.array(...), or `.numpy()` of a tensor.",
    "Tensor": "Work with torch, or return torch.as_tensor(...).",
}


def form(got: Any, wanted: type, *, hint: str | None = None) -> None:
    """The result is of this type: int, float, bool, tuple, list, np.ndarray, torch.Tensor or any other.

    For the one case whose lesson is the form; all other checks go by values. Whatever Python takes as an index is an
    int (NumPy's integers, integer arrays of no axis; not a bool), and NumPy's floats and bools are float and bool.

    Raises CheckFailure when it is not, AuthorError when `wanted` is no type.
    """
    if not isinstance(wanted, type):
        raise AuthorError(f"check.form needs a type, such as int or np.ndarray, not {wanted!r}")
    if got is None and wanted is not type(None):
        _fail(nothing_returned(_name(wanted)), sys._getframe(1))
    if not _has_form(got, wanted):
        problem = f"The form matters here: the result should be {_name(wanted)}, but it is {kind(got)}."
        finding = Finding(problem, notes=tuple(filter(None, [_TO_DO.get(wanted.__name__)])), hint=hint)
        _fail(finding, sys._getframe(1))


def array(value: Any) -> Array:
    """The result as a NumPy array, whatever it came as, to go on with. Raises CheckFailure when it holds no numbers."""
    try:
        return to_array(value)
    except Unusable as problem:
        _fail(_unfit(value, problem, "an array"), sys._getframe(1))


def number(value: Any) -> float:
    """The result as a Python float, to go on with. Raises CheckFailure when it is not one real number."""
    return float(_one(value, sys._getframe(1))[()])


def integer(value: Any) -> int:
    """The result as a Python int, to go on with: 90.0 is 90. Raises CheckFailure when it is not one whole number."""
    frame = sys._getframe(1)
    if type(value) is int:
        return value
    one = _one(value, frame)[()]
    if not np.isfinite(one) or one != np.floor(one):
        _fail(Finding(f"The result should be a whole number, but it is {number_text(one, 17)}."), frame)
    return int(one)


def parts(value: Any, count: int, *, hint: str | None = None) -> tuple[Any, ...]:
    """The `count` parts of the result, to go on with: of a tuple or list, or along the first axis of an array.

    Raises CheckFailure when there are more or fewer, with the hint.
    """
    frame = sys._getframe(1)
    found = to_parts(value)
    if found is None:
        _fail(_unfit(value, f"it is {kind(value)}, not {count} parts.", f"{count} parts"), frame)
    if len(found) != count:
        noun = "part" if len(found) == 1 else "parts"
        problem = f"The result has {len(found)} {noun} instead of {count}."
        _fail(Finding(problem, (("got", short(value)),), hint=hint), frame)
    return tuple(found)


def _one(value: Any, frame: types.FrameType) -> Array:
    try:
        found = to_array(value, wanted="one number")
    except Unusable as problem:
        _fail(_unfit(value, problem, "one number"), frame)
    one = one_shape(found, np.zeros(()))
    if one.ndim or (one.dtype.kind == "c" and one.imag != 0):
        _fail(Finding(f"The result should be one real number, but it is {kind(value)}."), frame)
    return one.real


def _unfit(value: Any, problem: object, wanted: str) -> Finding:
    if value is None:
        return nothing_returned(wanted)
    return Finding(f"The result has the wrong type: {problem}", (("got", kind(value)), ("expected", wanted)))


def _has_form(value: Any, wanted: type) -> bool:
    try:
        if wanted is int:
            return _is_index(value) and "bool" not in (type(value).__name__, _dtype(value))
        if wanted is float:
            return isinstance(value, (float, np.floating))
        if wanted is bool:
            return isinstance(value, (bool, np.bool_)) or (
                "bool" in str(getattr(value, "dtype", "")) and not value.ndim
            )
        return isinstance(value, wanted)
    except Exception:  # a student's object may refuse every question
        return False


def _dtype(value: Any) -> str:
    return str(getattr(value, "dtype", "")).removeprefix("torch.")


def _is_index(value: Any) -> bool:
    known = isinstance(value, (int, np.integer, np.ndarray)) or is_tensor(value)
    try:
        operator.index(value)
    except Exception:
        return False
    return known and not getattr(value, "ndim", 0)


def _name(wanted: type) -> str:
    name = wanted.__name__
    if wanted is np.ndarray:
        name = "NumPy array"
    elif name == "Tensor":
        name = "torch tensor"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _fail(finding: Finding, frame: types.FrameType) -> NoReturn:
    raise CheckFailure(replace(finding, call=argument_call(frame)))
