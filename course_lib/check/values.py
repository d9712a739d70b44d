"""Checks of one result against what is expected: close, equal, shape, dtype."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from course_lib.check.arrays import Unusable, to_array
from course_lib.check.calls import argument_call, tuple_names
from course_lib.check.closeness import compare_closely, differ
from course_lib.check.compare import Tolerance
from course_lib.check.describe import bounded_repr, is_tensor, kind, shape_text
from course_lib.check.exact import compare_exactly
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Finding, nothing_returned
from course_lib.check.precision import coarsest
from course_lib.check.structure import Comparison


def close(
    got: Any,
    expected: Any,
    *,
    hint: str | None = None,
    mistakes: Mapping[str, Any] | None = None,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    names: Sequence[str] = (),
    precise: bool = False,
) -> None:
    """The same numbers within a tolerance, in the same shape: |got - expected| <= atol + rtol * |expected|.

    The result may come in any form that converts without loss: number, list, tuple, array or tensor; True is 1; one
    element is a number; imaginary parts within the tolerance are none; NaN is NaN. Where anything is float32 or
    coarser, the tolerance allows for its rounding (float32: 1.2e-5 of the largest number expected), unless `precise`:
    for an exercise whose text says "in float64".

    `expected` may be a number, an array, a tensor, a nested list of numbers, or a tuple, list or dict of these, which
    is compared part by part; `names` names the parts. `mistakes` maps the words for a known mistake to the result it
    gives. The hint is shown for wrong values and shapes, not for None or what holds no numbers.

    Raises CheckFailure when they differ, AuthorError when `expected` cannot be compared with.
    """
    if not (rtol >= 0 and atol >= 0):
        raise AuthorError(f"check.close needs rtol >= 0 and atol >= 0, not rtol={rtol!r} and atol={atol!r}")
    finding = differ(got, expected, Tolerance(rtol, atol), precise=precise, names=names)
    if finding:
        frame = sys._getframe(1)
        if not names and (found := tuple_names(frame)):
            finding = differ(got, expected, Tolerance(rtol, atol), precise=precise, names=found) or finding

        def compare(left: Any, right: Any) -> Finding | None:
            coarse = coarsest(got, expected)
            return compare_closely(left, right, Tolerance(rtol, atol, coarse.slack if coarse else 0.0))

        _fail(finding, frame, hint, _likely(got, expected, mistakes, compare))


def equal(got: Any, expected: Any, *, hint: str | None = None, mistakes: Mapping[str, Any] | None = None) -> None:
    """Exactly the same values: numbers, strings, tuples, dicts, sets, shapes, arrays.

    The form does not count: 90.0 is 90, True is 1, a list or array stands for a tuple, one element for a number; a
    float32 must be the nearest to what is expected. A string is no number. `check.form` asks for a form.

    Raises CheckFailure when they differ, AuthorError when `expected` cannot be compared with.
    """
    finding = compare_exactly(got, expected)
    if finding:
        _fail(finding, sys._getframe(1), hint, _likely(got, expected, mistakes, compare_exactly))


def shape(got: Any, expected: Sequence[int], *, hint: str | None = None) -> None:
    """The result has this shape: an array or tensor, or what converts to one. A number and one element are the same.

    Raises CheckFailure when it has not.
    """
    want = tuple(int(n) for n in expected)
    found = _attribute(got, "shape")
    wanted = ("expected", f"shape {shape_text(want)}")
    if got is None:
        _fail(nothing_returned(wanted[1]), sys._getframe(1), hint, None)
    if not isinstance(found, tuple):
        try:
            found = to_array(got).shape
        except Unusable as problem:
            finding = Finding(f"The result has no shape: {problem}", (("got", kind(got)), wanted), final=True)
            _fail(finding, sys._getframe(1), hint, None)
    found = tuple(int(n) for n in found)
    if found != want and {found, want} != {(), (1,)}:
        finding = Finding("The shape is wrong.", (("got", f"shape {shape_text(found)}"), wanted))
        _fail(finding, sys._getframe(1), hint, None)


def dtype(got: Any, expected: Any, *, hint: str | None = None) -> None:
    """The result has exactly this dtype, e.g. "float64", np.int32 or torch.float32. Raises CheckFailure if not."""
    want = _dtype_name(expected)
    found = _attribute(got, "dtype")
    wanted = ("expected", f"dtype {want}")
    if got is None:
        finding = nothing_returned(wanted[1])
    elif found is None:
        finding = Finding("The result has the wrong type: it has no dtype.", (("got", kind(got)), wanted), final=True)
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
