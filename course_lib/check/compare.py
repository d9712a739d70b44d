"""Do two results agree within a tolerance? If not: what is wrong, how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.arrays import Array, Unusable, to_array
from course_lib.check.describe import index_text, kind, number, shape_text, short, two_numbers
from course_lib.check.findings import AuthorError, Finding, nothing_returned
from course_lib.check.grid import side_by_side
from course_lib.check.patterns import notice


@dataclass(frozen=True)
class Tolerance:
    """Elements agree when |got - expected| <= atol + rtol * |expected|."""

    rtol: float
    atol: float


def compare_arrays(got: Any, expected: Any, tolerance: Tolerance) -> Finding | None:
    """None when `got` has the shape, the sort of dtype and the values of `expected`."""
    if got is None:
        return nothing_returned(kind(expected))
    sequence = isinstance(expected, (list, tuple))
    try:
        right = to_array(expected, sequences=True)
    except Unusable as problem:
        raise AuthorError(f"check.close cannot compare with this expected value: {problem}") from None
    try:
        left = to_array(got, sequences=sequence, wanted="one number" if right.ndim == 0 else "an array")
    except Unusable as problem:
        return Finding(f"The result has the wrong type: {problem}", facts=_kinds(got, expected))
    if left.shape != right.shape:
        return _shapes_differ(got, expected, left, right)
    return _kinds_differ(left, right, got, expected) or _values_differ(left, right, tolerance)


def _kinds(got: Any, expected: Any) -> tuple[tuple[str, str], ...]:
    return ("got", kind(got)), ("expected", kind(expected))


def _shapes_differ(got: Any, expected: Any, left: Array, right: Array) -> Finding:
    facts = ("got", f"shape {shape_text(left.shape)}"), ("expected", f"shape {shape_text(right.shape)}")
    if right.ndim == 0:
        return Finding("The result should be one number, not an array.", _kinds(got, expected))
    if left.ndim == 0:
        return Finding("The result is one number, not an array.", (("got", short(got)), facts[1]))
    if left.ndim != right.ndim:
        problem = f"The shapes differ: {left.ndim} {'axis' if left.ndim == 1 else 'axes'} instead of {right.ndim}."
    else:
        axes = [str(i) for i in range(left.ndim) if left.shape[i] != right.shape[i]]
        problem = f"The shapes differ in ax{'is' if len(axes) == 1 else 'es'} {', '.join(axes)}."
    return Finding(problem, facts, notes=notice(left, right))


def _kinds_differ(left: Array, right: Array, got: Any, expected: Any) -> Finding | None:
    if left.dtype.kind == "c" != right.dtype.kind:
        tiny = bool(np.all(np.abs(left.imag) <= 1e-9 * (1 + np.abs(left.real))))
        advice = "Its imaginary parts are only rounding: take `.real`." if tiny else "Its imaginary parts are not zero."
        return Finding(f"The dtype differs: the result is complex, not real. {advice}", _kinds(got, expected))
    if (left.dtype.kind == "b") != (right.dtype.kind == "b"):
        have, want = ("truth values", "numbers") if left.dtype.kind == "b" else ("numbers", "truth values")
        return Finding(f"The dtype differs: the result holds {have}, not {want}.", _kinds(got, expected))
    return None


def wrong_elements(left: Array, right: Array, tolerance: Tolerance) -> tuple[NDArray[np.bool_], Array]:
    """Where two arrays of one shape disagree, and by how much (NaN or inf where a number is missing)."""
    wide: Any = np.complex128 if "c" in (left.dtype.kind, right.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        same = np.asarray(left == right)
        a, b = np.asarray(left, dtype=wide), np.asarray(right, dtype=wide)
        gap = np.abs(a - b)
        near = np.isfinite(a) & np.isfinite(b) & (gap <= tolerance.atol + tolerance.rtol * np.abs(b))
        agree = same | near | (np.isnan(a) & np.isnan(b))
    return ~agree, gap


def _values_differ(left: Array, right: Array, tolerance: Tolerance) -> Finding | None:
    wrong, gap = wrong_elements(left, right, tolerance)
    count = int(np.count_nonzero(wrong))
    if count == 0:
        return None
    if left.ndim == 0:
        return _numbers_differ(left, right, gap)
    missing = wrong & ~np.isfinite(left)
    if missing.any():
        return _not_finite(left, right, missing, wrong)
    measured = np.where(wrong, np.where(np.isnan(gap), np.inf, gap), -1.0)
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(measured)), left.shape))
    texts = two_numbers(left[worst], right[worst])
    place = f"The largest difference is {number(gap[worst])}, at index {index_text(worst)}."
    if not np.isfinite(gap[worst]):
        place = f"One of them is at index {index_text(worst)}."
    return Finding(
        f"{share_text(count, left.size)} wrong. {place if left.size > 1 else ''}".strip(),
        (("got there", texts[0]), ("expected there", texts[1])),
        grid=side_by_side(left, right, wrong),
        notes=notice(left, right),
    )


def share_text(count: int, size: int) -> str:
    """`3 of 6 elements are`, the beginning of a sentence."""
    if size == 1:
        return "The only element is"
    if count == size:
        return f"All {size} elements are"
    return f"{count} of {size} elements {'is' if count == 1 else 'are'}"


def _numbers_differ(left: Array, right: Array, gap: Array) -> Finding:
    got, expected = two_numbers(left[()], right[()])
    facts = ("got", got), ("expected", expected)
    if not np.isfinite(left):
        return Finding(f"The result is {_odd(left[()])}, not a finite number.", facts)
    return Finding("The number is wrong.", (*facts, ("difference", number(gap[()]))), notes=notice(left, right))


def _not_finite(left: Array, right: Array, missing: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> Finding:
    first = tuple(int(i) for i in np.argwhere(missing)[0])
    nan = bool(np.isnan(left[missing]).any())
    what = "NaN (not a number)" if nan else "infinite"
    causes = "a 0/0, or the log or root of a negative number?" if nan else "a division by 0, or an overflow?"
    facts = ("got there", _odd(left[first])), ("expected there", _odd(right[first]))
    share = share_text(int(np.count_nonzero(missing)), left.size)
    problem = f"{share} {what}, the first at index {index_text(first)}. Is there {causes}"
    return Finding(problem, facts, grid=side_by_side(left, right, wrong))


def _odd(value: Any) -> str:
    return "NaN" if np.isnan(value) else number(value)
