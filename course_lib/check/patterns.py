"""Facts about a wrong result that point to its cause: transposed, flipped, a constant factor, an overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.check.arrays import Array
from course_lib.check.describe import number
from course_lib.check.precision import coarsest

MOST_ELEMENTS = 1_000_000  # beyond this, looking for patterns would take noticeable time


def notice(got: Array, expected: Array) -> tuple[str, ...]:
    """At most one sentence, true of all elements; of arrays of different shape, only that they are rearranged."""
    if not 0 < max(got.size, expected.size) <= MOST_ELEMENTS or "c" in (got.dtype.kind, expected.dtype.kind):
        return ()
    with np.errstate(all="ignore"):
        if got.shape != expected.shape:
            return _rearranged(got, expected)
        for look in (_truths, _integers, _scaled, _rearranged, _rounding):
            seen = look(got, expected)
            if seen:
                return seen
    return ()


def _same(got: Array, expected: Array) -> bool:
    return got.shape == expected.shape and bool(
        np.allclose(_wide(got), _wide(expected), rtol=_allowed(got, 1e-6), atol=1e-9)
    )


def _allowed(got: Array, exact: float) -> float:
    """How far a pattern may be missed: `exact`, or what the floats of the result make of it."""
    coarse = coarsest(got)
    return coarse.slack if coarse else exact


def _wide(array: Array) -> Any:
    return np.asarray(array, dtype=np.float64)


def _rearranged(got: Array, expected: Array) -> tuple[str, ...]:
    if _same(got, expected):
        return ()  # rounding, or tiny values for zeros: as near in any order
    if got.ndim >= 2:
        if _same(got.T, expected):
            return ("It is the transpose of what is expected: are rows and columns swapped?",)
        if _same(np.swapaxes(got, -1, -2), expected):
            return ("Its last two axes are swapped.",)
    if got.shape != expected.shape and got.size == expected.size and _same(got.ravel(), expected.ravel()):
        return ("Its elements are right and in the right order: only the shape is wrong.",)
    if got.size <= 2:
        return ()  # of two numbers with a fixed sum, as of two probabilities, the wrong ones are often exchanged
    for axes, words in (
        ((-1,), "along the last axis"),
        ((-2,), "along the last axis but one"),
        ((-2, -1), "along both last axes"),
    ):
        if got.ndim >= -min(axes) and _same(np.flip(got, axes), expected):
            return (f"It is what is expected, but reversed {words if got.ndim > 1 else 'in order'}.",)
    return ()


def _truths(got: Array, expected: Array) -> tuple[str, ...]:
    if (got.dtype.kind, expected.dtype.kind) != ("b", "b") or got.size < 2:
        return ()
    if np.all(got == got.flat[0]):
        return (f"Every element is {bool(got.flat[0])}.",)
    return ("Every element is the opposite of what is expected.",) if np.all(got != expected) else ()


def _integers(got: Array, expected: Array) -> tuple[str, ...]:
    if got.dtype.kind not in "iu":
        return ()
    right = _wide(expected)
    if got.dtype.itemsize < 8:
        wrapped = (right - _wide(got)) / float(2 ** (8 * got.dtype.itemsize))
        whole = np.round(wrapped)
        if bool(np.all(np.abs(wrapped - whole) < 1e-9)) and bool(np.any(whole != 0)):
            size = 2 ** (8 * got.dtype.itemsize)
            return (
                f"The values wrap round modulo {size}: {got.dtype.name} overflows. Convert the input to float first.",
            )
    if _same(got, np.trunc(right)) or _same(got, np.floor(right)):
        return (f"The fractions are cut off: the result is an array of integers ({got.dtype.name}).",)
    return ()


def _scaled(got: Array, expected: Array) -> tuple[str, ...]:
    left, right = _wide(got), _wide(expected)
    if not bool(np.all(np.isfinite(left))) or _at_a_limit(got) or got.dtype.kind == "b":
        return ()
    if not left.any():
        return ("Every element is zero.",) if got.ndim else ()
    largest = np.unravel_index(int(np.argmax(np.abs(right))), right.shape)
    if left.ndim == 0 and _same(left, -right):
        return ("It has the wrong sign.",)
    if right[largest] != 0 and left[largest] != 0 and np.count_nonzero(right) > 1:
        factor = left[largest] / right[largest]
        if np.allclose(
            left, factor * right, rtol=_allowed(got, 1e-6), atol=_allowed(got, 1e-9) * abs(float(left[largest]))
        ):
            if abs(factor + 1) < _allowed(got, 1e-6):
                return ("Every element has the wrong sign.",)
            if abs(factor - 1) > 1e-4:
                return (f"Every element is {_factor(float(factor))} times what is expected.",)
    offset = left - right
    small = _allowed(got, 1e-9) * (1 + np.abs(right))
    if offset.size > 1 and bool(np.all(np.abs(offset - offset.flat[0]) <= small)) and abs(offset.flat[0]) > small.min():
        return (f"Every element is off by the same amount, {number(offset.flat[0])}.",)
    return ()


def _at_a_limit(got: Array) -> bool:
    """Do all integers stand at an end of their range, as after clipping? Then a common factor means nothing."""
    if got.dtype.kind not in "iu" or not got.size:
        return False
    limits = np.iinfo(got.dtype)
    return bool(np.all((got == limits.max) | (got == limits.min))) and bool(got.any())


def _factor(value: float) -> str:
    if abs(value) < 1 and abs(1 / value - round(1 / value)) < 1e-6 / abs(value) and abs(1 / value) < 1e4:
        return f"{'-' if value < 0 else ''}1/{abs(round(1 / value))}"
    return number(value)


def _rounding(got: Array, expected: Array) -> tuple[str, ...]:
    if got.dtype.kind != "f" or got.dtype.itemsize >= expected.dtype.itemsize or expected.dtype.kind != "f":
        return ()
    if np.allclose(_wide(got), _wide(expected), rtol=64 * float(np.finfo(got.dtype).eps), atol=1e-5):
        return (f"The differences are rounding of {got.dtype.name}: compute in {expected.dtype.name}.",)
    return ()
