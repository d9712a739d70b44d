"""What a notebook reproduces, measures or refutes: checked as it runs, and shown by a small mark.

    claims.reproduced("C06", "the worked example", got=y, expected=[[12, 12, 17], [10, 17, 19], [9, 6, 14]])

Row ids and texts are string literals: docs/claims.md is made from them without running anything. The reader sees the
text; the row and the outcome go into the output's metadata.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from course_lib.check.arrays import Unusable, to_array
from course_lib.check.compare import Tolerance, compare_arrays
from course_lib.check.describe import kind, nested, number, short
from course_lib.check.exact import compare_exactly
from course_lib.check.finding_text import finding_text
from course_lib.check.findings import Finding
from course_lib.check.structure import compare_parts
from course_lib.mark import show_mark

_ROW = re.compile(r"[A-Z][0-9]{2}")
_MOST_ELEMENTS = 25


def reproduced(row: str, text: str, *, got: Any, expected: Any, atol: float | None = None) -> None:
    """A stated value comes out of the code: exactly, or within `atol`. Raises AssertionError if it does not."""
    _validate(row, text)
    finding = _difference(got, expected, atol)
    if finding:
        raise AssertionError(f"{row} is not reproduced: {text}\n{finding_text(finding)}")
    _show(row, "reproduced", text, {"value": got} if atol is None else {"value": got, "within": atol})


def measured(row: str, text: str, *, holds: bool, **numbers: Any) -> None:
    """A statement that a measurement bears out, with the numbers measured. Raises AssertionError when not `holds`."""
    _statement(row, "measured", text, holds, numbers)


def refuted(row: str, text: str, *, holds: bool, **numbers: Any) -> None:
    """A statement that is wrong, with the numbers that show it. Raises AssertionError when not `holds`.

    `holds` says whether the refutation holds.
    """
    _statement(row, "refuted", text, holds, numbers)


def _statement(row: str, outcome: str, text: str, holds: bool, numbers: dict[str, Any]) -> None:
    _validate(row, text)
    if not numbers:
        raise ValueError(f"claims.{outcome}({row!r}, ...) needs the numbers that show it, e.g. cnn=0.91")
    if not isinstance(holds, (bool, np.bool_)):
        raise TypeError(
            f"claims.{outcome}({row!r}, ...) needs holds=True or False, e.g. holds=cnn > mlp, not {kind(holds)}"
        )
    if not holds:
        shown = ", ".join(f"{name} = {_value(value)}" for name, value in numbers.items())
        raise AssertionError(f"{row} is not {outcome}: {text}\n{shown}")
    _show(row, outcome, text, numbers)


def _validate(row: str, text: str) -> None:
    if not isinstance(row, str) or not _ROW.fullmatch(row):
        raise ValueError(f"a row id is one capital letter and two digits, e.g. 'C06', not {row!r}")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"the claim {row} needs a text that says what it is")


def _difference(got: Any, expected: Any, atol: float | None) -> Finding | None:
    if atol is None and isinstance(expected, (str, dict, bool)):
        return compare_exactly(got, expected)
    tolerance = Tolerance(0.0, atol or 0.0)
    return compare_parts(got, expected, (), lambda left, right: compare_arrays(left, right, tolerance))


def _value(value: Any) -> str:
    """A value to show: numbers and small arrays in full, whole numbers with commas."""
    try:
        array = to_array(value)
    except Unusable:
        return short(value)
    if array.ndim == 0:
        return f"{int(array):,}" if array.dtype.kind in "iu" else number(array[()])
    return nested(array.tolist()) if 0 < array.size <= _MOST_ELEMENTS else short(value)


def _show(row: str, outcome: str, text: str, numbers: dict[str, Any]) -> None:
    shown = [f"{name.replace('_', ' ')} = {_value(value)}" for name, value in numbers.items()]
    show_mark("checked", text, shown, metadata={"claim": row, "outcome": outcome})
