"""How exact a result can be: to the precision of the coarsest floats in it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from course_lib.check.describe import is_tensor

MOST_DEPTH = 8
_FLOAT64_EPS = float(np.finfo(np.float64).eps)
_FLOAT16_EPS = float(np.finfo(np.float16).eps)


class Precision(NamedTuple):
    """The name of a floating dtype, and the distance from 1 to its next number."""

    dtype: str
    eps: float

    @property
    def slack(self) -> float:
        """The error that roundings leave in a right result, relative to its largest number.

        In float32 it is 1.2e-5: a hundred roundings, and still far below what any mistake makes. What is coarser than
        float16 has no more than float16, or in bfloat16 a mistake of 6 % would pass for rounding.
        """
        return (100 if self.eps < 1e-5 else 8) * min(self.eps, _FLOAT16_EPS)

    @property
    def digits(self) -> int:
        """How many decimal digits such a number has."""
        return max(1, round(-math.log10(self.eps)))


def coarsest(*values: Any) -> Precision | None:
    """The precision of the coarsest floats in these values; None where all are exact or float64."""
    return max(_found(values, 0), key=lambda found: found.eps, default=None)


def _found(value: Any, depth: int) -> Iterator[Precision]:
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind in "fc":
            yield from _coarse(str(value.dtype), np.finfo(value.dtype))
        elif value.dtype.kind == "O" and isinstance(value, np.ndarray) and depth < MOST_DEPTH:
            yield from _found(value.ravel().tolist(), depth + 1)
    elif is_tensor(value):
        if value.dtype.is_floating_point or value.dtype.is_complex:
            yield from _coarse(str(value.dtype).removeprefix("torch."), sys.modules["torch"].finfo(value.dtype))
    elif isinstance(value, (list, tuple, Mapping)) and depth < MOST_DEPTH:
        for part in value.values() if isinstance(value, Mapping) else value:
            if type(part) not in (int, float, bool, str):
                yield from _found(part, depth + 1)
    else:
        yield from _of_others(value)


def _of_others(value: Any) -> Iterator[Precision]:
    """What has a dtype like NumPy's: a column of pandas, a sparse matrix."""
    try:
        dtype = value.dtype
    except Exception:  # a student's object may refuse every question
        return
    if isinstance(dtype, np.dtype) and dtype.kind in "fc":
        yield from _coarse(str(dtype), np.finfo(dtype))


def _coarse(dtype: str, info: Any) -> Iterator[Precision]:
    if float(info.eps) > _FLOAT64_EPS:
        yield Precision(dtype, float(info.eps))
