"""Do two results agree within a tolerance? If not: what is wrong, how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.arrays import Array, Unusable, one_shape, to_array
from course_lib.check.describe import index_text, kind, number, shape_text, short, told_apart, two_numbers, type_name
from course_lib.check.findings import AuthorError, Finding, nothing_returned
from course_lib.check.grid import side_by_side
from course_lib.check.patterns import notice


@dataclass(frozen=True)
class Tolerance:
    """Elements agree when |got - expected| <= atol + rtol * |expected| + slack * the largest |expected|."""

    rtol: float
    atol: float
    slack: float = 0.0  # for results in float32 and coarser: errors of a sum are relative to its largest terms

    def allowed(self, expected: Array) -> Any:
        """The largest difference from each of these elements that is no mistake."""
        size = np.abs(expected)
        allowed = self.atol + self.rtol * size
        if not self.slack:
            return allowed
        largest = float(np.max(size, initial=0.0, where=np.isfinite(size)))
        if expected.ndim == 0:
            largest = max(largest, 0.1)  # it may be a sum whose terms have canceled
        elif largest <= 1e-9:
            largest = 1.0  # nothing but zeros, by cancellation of what is not known here
        return allowed + self.slack * largest


def compare_arrays(got: Any, expected: Any, tolerance: Tolerance) -> Finding | None:
    """None when `got` has the shape and the values of `expected`, in whatever form it comes."""
    found = same_shape(got, expected, "check.close")
    if isinstance(found, Finding):
        return found
    left, right = found
    return _values_differ(_real(left, right, tolerance), right, tolerance)


def same_shape(got: Any, expected: Any, check: str) -> tuple[Array, Array] | Finding:
    """Both as arrays of one shape, or the finding that says why they are not.

    Raises AuthorError, which names the `check`, when `expected` is no array.
    """
    try:
        right = to_array(expected)
    except Unusable as problem:
        raise AuthorError(f"{check} cannot compare with this expected value: {problem}") from None
    if got is None:
        return nothing_returned(kind(expected))
    try:
        left = to_array(got, wanted="one number" if right.ndim == 0 else "an array")
    except Unusable as problem:
        return wrong_type(problem, got, expected)
    left = one_shape(left, right)
    return (left, right) if left.shape == right.shape else _shapes_differ(got, expected, left, right)


def wrong_type(problem: object, got: Any, expected: Any) -> Finding:
    """The finding for a result that does not convert; it says all there is to say."""
    facts = told_apart(got, expected, kind, short)
    return Finding(f"The result has the wrong type: {problem}", facts, final=True)


def _shapes_differ(got: Any, expected: Any, left: Array, right: Array) -> Finding:
    """The finding for two arrays of different shape; `got` and `expected` are the two as they came."""
    facts = ("got", f"shape {shape_text(left.shape)}"), ("expected", f"shape {shape_text(right.shape)}")
    if right.ndim == 0:
        what = type_name(got) if isinstance(got, (list, tuple)) else "array"
        article = "an" if what[:1] in "aeiou" else "a"
        return Finding(f"The result should be one number, not {article} {what}.", told_apart(got, expected, kind))
    if left.ndim == 0:
        return Finding("The result is one number, not an array.", (("got", short(got)), facts[1]))
    if left.ndim != right.ndim:
        problem = f"The shapes differ: {left.ndim} {'axis' if left.ndim == 1 else 'axes'} instead of {right.ndim}."
    else:
        axes = [str(i) for i in range(left.ndim) if left.shape[i] != right.shape[i]]
        problem = f"The shapes differ in ax{'is' if len(axes) == 1 else 'es'} {', '.join(axes)}."
    if isinstance(got, tuple) and len(got) == 1 and left.shape[1:] == right.shape:
        return Finding(problem, facts, notes=("It is a tuple of one array: is there a comma too many after `return`?",))
    return Finding(problem, facts, notes=notice(left, right))


def _real(left: Array, right: Array, tolerance: Tolerance) -> Array:
    """A complex result without its imaginary parts where they are zero, or rounding as after an FFT."""
    if left.dtype.kind != "c" or right.dtype.kind == "c":
        return left
    with np.errstate(all="ignore"):
        rounding = np.abs(left.imag) <= tolerance.allowed(np.asarray(right, dtype=np.float64))
    return left.real if bool(np.all(rounding)) else left


def wrong_elements(left: Array, right: Array, tolerance: Tolerance) -> tuple[NDArray[np.bool_], Array]:
    """Where two arrays of one shape disagree, and by how much (NaN or inf where a number is missing)."""
    wide: Any = np.complex128 if "c" in (left.dtype.kind, right.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        same = np.asarray(left == right)
        a, b = np.asarray(left, dtype=wide), np.asarray(right, dtype=wide)
        gap = np.abs(a - b)
        near = np.isfinite(a) & np.isfinite(b) & (gap <= tolerance.allowed(b))
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
        notes=_imaginary(left, right) or notice(left, right),
    )


def _imaginary(left: Array, right: Array) -> tuple[str, ...]:
    complex_only = left.dtype.kind == "c" != right.dtype.kind
    return ("The result is complex, and its imaginary parts are not zero.",) if complex_only else ()


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
    return Finding(
        "The number is wrong.",
        (*facts, ("difference", number(gap[()]))),
        notes=_imaginary(left, right) or notice(left, right),
    )


def _not_finite(left: Array, right: Array, missing: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> Finding:
    first = tuple(int(i) for i in np.argwhere(missing)[0])
    nan = bool(np.isnan(left[missing]).any())
    what = "NaN (not a number)" if nan else "infinite"
    causes = "a 0/0 or inf/inf, or the log or root of a negative number?" if nan else "a division by 0, or an overflow?"
    facts = ("got there", _odd(left[first])), ("expected there", _odd(right[first]))
    share = share_text(int(np.count_nonzero(missing)), left.size)
    problem = f"{share} {what}, the first at index {index_text(first)}. Is there {causes}"
    return Finding(problem, facts, grid=side_by_side(left, right, wrong))


def _odd(value: Any) -> str:
    return "NaN" if np.isnan(value) else number(value)
