"""Checks of one result against what is expected: close, equal, shape, dtype."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from course_lib.check.calls import argument_call, tuple_names
from course_lib.check.compare import Tolerance, compare_arrays
from course_lib.check.describe import bounded_repr, is_tensor, kind, shape_text
from course_lib.check.exact import compare_exactly
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Finding, nothing_returned
from course_lib.check.structure import Comparison, compare_parts


def close(
    got: Any,
    expected: Any,
    *,
    hint: str | None = None,
    mistakes: Mapping[str, Any] | None = None,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    names: Sequence[str] = (),
) -> None:
    """Numbers or arrays agree within a tolerance: |got - expected| <= atol + rtol * |expected|, shapes equal.

    `expected` may be a number, an array, a tensor, a nested list of numbers, or a tuple, list or dict of these, which
    is compared part by part; `names` names the parts. `mistakes` maps the words for a known mistake to the result it
    gives. NaN agrees with NaN. The dtype must be of the same sort (a float may be an int of the same value).

    Raises CheckFailure when they differ, AuthorError when `expected` cannot be compared with.
    """
    if not (rtol >= 0 and atol >= 0):
        raise AuthorError(f"check.close needs rtol >= 0 and atol >= 0, not rtol={rtol!r} and atol={atol!r}")
    frame = sys._getframe(1)
    tolerance = Tolerance(rtol, atol)

    def compare(left: Any, right: Any) -> Finding | None:
        return compare_arrays(left, right, tolerance)

    def whole(left: Any, right: Any, named: Sequence[str] = ()) -> Finding | None:
        return compare_parts(left, right, named, compare)

    finding = whole(got, expected, names)
    if finding:
        if not names and (found := tuple_names(frame)):
            finding = whole(got, expected, found) or finding
        _fail(finding, frame, hint, _likely(got, expected, mistakes, whole))


def equal(got: Any, expected: Any, *, hint: str | None = None, mistakes: Mapping[str, Any] | None = None) -> None:
    """The result is exactly this: numbers, strings, tuples, dicts, shapes, arrays.

    A bool is not an int and 3.0 is not 3, but NumPy's integers count as ints. Raises CheckFailure when they differ.
    """
    finding = compare_exactly(got, expected)
    if finding:
        _fail(finding, sys._getframe(1), hint, _likely(got, expected, mistakes, compare_exactly))


def shape(got: Any, expected: Sequence[int], *, hint: str | None = None) -> None:
    """The result is an array (or tensor) of this shape. Raises CheckFailure when it is not."""
    want = tuple(int(n) for n in expected)
    found = _attribute(got, "shape")
    wanted = ("expected", f"shape {shape_text(want)}")
    if got is None:
        finding = nothing_returned(wanted[1])
    elif not isinstance(found, tuple):
        finding = Finding("The result has the wrong type: it has no shape.", (("got", kind(got)), wanted))
    elif tuple(found) != want:
        finding = Finding("The shape is wrong.", (("got", f"shape {shape_text(tuple(found))}"), wanted))
    else:
        return
    _fail(finding, sys._getframe(1), hint, None)


def dtype(got: Any, expected: Any, *, hint: str | None = None) -> None:
    """The result has exactly this dtype, e.g. "float64", np.int32 or torch.float32. Raises CheckFailure if not."""
    want = _dtype_name(expected)
    found = _attribute(got, "dtype")
    wanted = ("expected", f"dtype {want}")
    if got is None:
        finding = nothing_returned(wanted[1])
    elif found is None:
        finding = Finding("The result has the wrong type: it has no dtype.", (("got", kind(got)), wanted))
    elif _student_dtype(found) != want:
        finding = Finding("The dtype is wrong.", (("got", f"dtype {_student_dtype(found)}"), wanted))
    else:
        return
    _fail(finding, sys._getframe(1), hint, None)


def _attribute(value: Any, name: str) -> Any:
    """An attribute of an array, a tensor or something like one; of anything else, None."""
    try:
        like_array = isinstance(value, (np.ndarray, np.generic)) or is_tensor(value) or hasattr(value, "__array__")
        return getattr(value, name, None) if like_array else None
    except Exception:  # a student's object may refuse every question
        return None


def _student_dtype(value: Any) -> str:
    try:
        return _dtype_name(value)
    except AuthorError:
        return bounded_repr(value, 40)


def _dtype_name(value: Any) -> str:
    text = str(value)
    if text.startswith("torch."):
        return text.removeprefix("torch.")
    try:
        return str(np.dtype(value).name)
    except TypeError:
        raise AuthorError(f"{value!r} is not the name of a dtype; write e.g. 'float64'") from None


def _likely(got: Any, expected: Any, mistakes: Mapping[str, Any] | None, compare: Comparison) -> str | None:
    """The words of the known mistakes that give this very result (one that gives the right result says nothing)."""
    matching = [
        words
        for words, result in (mistakes or {}).items()
        if compare(got, result) is None and compare(result, expected) is not None
    ]
    return "; or ".join(matching) or None


def _fail(finding: Finding, frame: types.FrameType, hint: str | None, mistake: str | None) -> NoReturn:
    hint = None if finding.final else hint
    raise CheckFailure(replace(finding, call=argument_call(frame), hint=hint, mistake=mistake))
