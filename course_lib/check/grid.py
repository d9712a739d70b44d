"""Two small arrays of one shape, side by side, with the wrong elements marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from course_lib.check.arrays import Array
from course_lib.check.describe import index_text, number
from course_lib.check.findings import Grid

MOST_ELEMENTS = 25


def side_by_side(got: Array, expected: Array, wrong: NDArray[np.bool_]) -> Grid | None:
    """The grid, or None when the arrays are single numbers, empty or too large to print."""
    if got.ndim == 0 or not 0 < got.size <= MOST_ELEMENTS:
        return None
    columns = got.shape[-1]
    left, right, marks = (a.reshape(-1, columns) for a in (got, expected, wrong))
    digits = _digits_to_tell_apart(left, right, marks)
    labels: tuple[str, ...] = ()
    if got.ndim > 2:
        labels = tuple(index_text(index) for index in np.ndindex(got.shape[:-1]))
    return Grid(_texts(left, digits), _texts(right, digits), tuple(tuple(map(bool, row)) for row in marks), labels)


def _digits_to_tell_apart(left: Array, right: Array, marks: NDArray[np.bool_]) -> int:
    pairs = list(zip(left[marks].tolist(), right[marks].tolist(), strict=True))
    for digits in (4, 6, 9, 12):
        if all(number(a, digits) != number(b, digits) for a, b in pairs):
            return digits
    return 17


def _texts(rows: Array, digits: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(number(value, digits) for value in row) for row in rows.tolist())
