"""An analytic gradient against centered differences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib.check.arrays import Array, Unusable, one_shape, to_array
from course_lib.check.calls import argument_call
from course_lib.check.compare import Tolerance, compare_arrays
from course_lib.check.describe import index_text, kind, number, two_numbers
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Finding
from course_lib.check.precision import coarsest

ScalarFunction = Callable[[Any], Any]

_FLOAT64_EPS, _FLOAT32_EPS = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class _Slope:
    """Difference quotients at one entry: from the left, from the right, and centered."""

    left: float
    right: float
    centered: float
    noise: float  # what rounding in f can add to each of them

    @property
    def kink(self) -> bool:
        return abs(self.right - self.left) > 1e-3 * (abs(self.left) + abs(self.right)) + 4 * self.noise


def gradient(
    f: ScalarFunction,
    x: Any,
    analytic: Any,
    *,
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    max_entries: int = 200,
    seed: int = 0,
    hint: str | None = None,
) -> None:
    """`analytic` is the gradient of the scalar `f` at `x`, by centered differences in float64.

    An entry is right when |analytic - numeric| <= atol + rtol * max(|analytic|, |numeric|), plus what rounding in f
    can add: in float32, where `f` or `analytic` is. At a kink (as of ReLU at 0) every value between the slopes from
    left and right is right. In a larger `x`, `max_entries` entries are probed, chosen by `seed`. `f` gets a fresh copy
    of `x` each time.

    Raises CheckFailure where the relative error is largest, AuthorError when `x` is no array of numbers.
    """
    if not eps > 0 or max_entries < 1:
        raise AuthorError(f"check.gradient needs eps > 0 and max_entries >= 1, not {eps!r} and {max_entries!r}")
    try:
        point = np.array(to_array(x), dtype=np.float64)
    except Unusable as problem:
        raise AuthorError(f"check.gradient cannot use this x: {problem}") from None
    finding = _compare(f, point, analytic, Tolerance(rtol, atol), eps, max_entries, seed)
    if finding:
        shown = None if finding.final else hint
        raise CheckFailure(replace(finding, call=argument_call(sys._getframe(1), 2), hint=shown))


def _compare(
    f: ScalarFunction, point: Array, analytic: Any, tolerance: Tolerance, eps: float, most: int, seed: int
) -> Finding | None:
    # An infinite tolerance compares type, shape and dtype only, and finds NaN and inf.
    unfit = compare_arrays(analytic, np.zeros_like(point), Tolerance(0.0, float("inf")))
    if unfit:
        facts = tuple(fact for fact in unfit.facts if fact[0] != "expected there")
        return replace(unfit, facts=facts, grid=None, problem=f"The gradient cannot be checked. {unfit.problem}")
    given = np.asarray(one_shape(to_array(analytic), point).real, dtype=np.float64)
    entries = np.arange(point.size)
    if point.size > most:
        entries = np.sort(np.random.default_rng(seed).choice(point.size, size=most, replace=False))
    value = f(point.copy())
    base = _number(value)
    rounding = _FLOAT64_EPS
    if coarse := coarsest(value, analytic):
        # A step that is small beside float32 would measure nothing but its rounding, also where f sums in float64.
        rounding = of_f.eps if (of_f := coarsest(value)) else min(coarse.eps, _FLOAT32_EPS)
        eps = max(eps, rounding ** (1 / 3))
        largest = float(np.max(np.abs(given), initial=0.0))
        tolerance = replace(tolerance, atol=tolerance.atol + coarse.slack * largest)
    wrong: list[tuple[float, int, _Slope]] = []
    for entry in entries.tolist():
        slope = _slope(f, point, entry, eps, base, rounding)
        error = _relative_error(float(given.flat[entry]), slope, tolerance)
        if error is not None:
            wrong.append((error, entry, slope))
    return _report(wrong, given, point.size, len(entries)) if wrong else None


def _slope(f: ScalarFunction, point: Array, entry: int, eps: float, base: float, rounding: float) -> _Slope:
    ends = []
    for sign in (-1, 1):
        moved = point.copy()
        moved.flat[entry] += sign * eps * max(1.0, abs(float(point.flat[entry])))
        ends.append((float(moved.flat[entry]), _number(f(moved))))
    (low, at_low), (high, at_high) = ends
    here = float(point.flat[entry])
    noise = 16 * rounding * max(abs(base), abs(at_low), abs(at_high)) / (high - low)
    return _Slope(
        (base - at_low) / (here - low), (at_high - base) / (high - here), (at_high - at_low) / (high - low), noise
    )


def _number(value: Any) -> float:
    try:
        array = to_array(value)
    except Unusable as problem:
        raise CheckFailure(Finding(f"The function to differentiate must return one number, but {problem}")) from None
    if array.size != 1 or bool(np.any(array.imag != 0)):
        raise CheckFailure(
            Finding(f"The function to differentiate must return one real number, but gives {kind(value)}.")
        )
    return float(array.reshape(()).real)


def _relative_error(given: float, slope: _Slope, tolerance: Tolerance) -> float | None:
    """The relative error where it is too large, else None."""
    scale = max(abs(given), abs(slope.centered))
    allowed = tolerance.atol + tolerance.rtol * scale + slope.noise
    low, high = sorted((slope.left, slope.right)) if slope.kink else (slope.centered, slope.centered)
    if low - allowed <= given <= high + allowed:
        return None
    return abs(given - slope.centered) / scale if np.isfinite(slope.centered) else float("inf")


def _report(wrong: list[tuple[float, int, _Slope]], given: Array, size: int, probed: int) -> Finding:
    error, entry, slope = max(wrong, key=lambda item: item[0])
    index = tuple(int(i) for i in np.unravel_index(entry, given.shape))
    analytic, numeric = two_numbers(float(given.flat[entry]), slope.centered)
    where = f"at index {index_text(index)}" if index else "of the only entry"
    facts = (
        ("largest relative error", f"{number(error, 3)} {where}"),
        ("your gradient there", analytic),
        ("difference quotient there", numeric),
    )
    notes = []
    if slope.kink:
        slopes = f"{number(slope.left)} from the left, {number(slope.right)} from the right"
        notes.append(f"The function has a kink there ({slopes}): a value between the two would be right.")
    if probed < size:
        notes.append(f"{probed} of {size} entries were probed, chosen at random.")
    count = "1 entry" if len(wrong) == 1 else f"{len(wrong)} of {probed} entries"
    return Finding(f"The gradient is wrong in {count}.", facts, notes=tuple(notes))
