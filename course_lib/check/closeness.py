"""Are two results close, part by part, to the precision of the coarser one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from course_lib.check.compare import Tolerance, compare_arrays
from course_lib.check.findings import Finding
from course_lib.check.precision import Precision, coarsest
from course_lib.check.structure import compare_parts


def differ(
    got: Any, expected: Any, tolerance: Tolerance, *, precise: bool = False, names: Sequence[str] = ()
) -> Finding | None:
    """None when two results are close. With `precise`, float32 is not allowed for, but is named as the cause."""
    finding = compare_closely(got, expected, tolerance, names)
    if finding is None or (coarse := coarsest(got, expected)) is None:
        return finding  # the usual case: nobody asks for the precision of what is right
    allowed = compare_closely(got, expected, replace(tolerance, slack=coarse.slack), names)
    return _too_coarse(finding, coarse) if precise and allowed is None else finding if precise else allowed


def compare_closely(got: Any, expected: Any, tolerance: Tolerance, names: Sequence[str] = ()) -> Finding | None:
    """None when two results have the same parts, each within the tolerance."""
    return compare_parts(got, expected, names, lambda left, right: compare_arrays(left, right, tolerance))


def _too_coarse(finding: Finding, coarse: Precision) -> Finding:
    said = f"The result is right to {coarse.digits} digits, as {coarse.dtype} is: this exercise asks for float64."
    return replace(finding, problem=said, notes=(), grid=None, final=True)
