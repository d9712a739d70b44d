"""Exact sameness, where NaN is the same as NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.arrays import Array


def unequal(left: Array, right: Array) -> NDArray[np.bool_]:
    """Where two arrays of one shape hold different values."""
    return np.asarray(~((left == right) | ((left != left) & (right != right))))


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same; False where a student's object refuses the question."""
    try:
        return a is b or bool(b == a) or bool(b != b and a != a)
    except Exception:
        return False
