"""What a report counts: how often each class was taken for each, and how sure a share or a mean is."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit


def confusion(labels: npt.ArrayLike, said: npt.ArrayLike, classes: int) -> npt.NDArray[np.int64]:
    """Count pairs, (classes, classes): row k are the pictures of class k, column j those that were called j.

    Raises ValueError for labels (N,) and answers (N,) of different lengths, or outside of 0 to classes - 1.
    """
    pairs = [np.asarray(part, dtype=np.int64).ravel() for part in (labels, said)]
    if pairs[0].shape != pairs[1].shape:
        raise ValueError(f"{len(pairs[0])} labels for {len(pairs[1])} answers")
    if any(np.any((part < 0) | (part >= classes)) for part in pairs):
        raise ValueError(f"labels and answers lie between 0 and {classes - 1}")
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (pairs[0], pairs[1]), 1)
    return counts


def interval(right: int, total: int, deviations: float = 1.96) -> tuple[float, float]:
    """The interval for a share of `right` in `total`, by Wilson (1927): 95 of 100 such intervals hold the true one.

    It stays between 0 and 1, also for none or all. Raises ValueError unless 0 <= right <= total and total > 0.
    """
    if not 0 <= right <= total or total < 1:
        raise ValueError(f"a share is a number of cases, of a total above 0; not {right} of {total}")
    share, z = right / total, deviations**2 / total
    middle = (share + z / 2) / (1 + z)
    half = deviations / (1 + z) * sqrt(share * (1 - share) / total + z / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_and_half(values: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean over the last axis of values (..., n), and half of a 95 % interval for it: `mean ± half`, each (...).

    By Student's t (1908), for n values that are independent and about normal. Raises ValueError for fewer than two.
    """
    sample = np.asarray(values, np.float64)
    n = sample.shape[-1] if sample.ndim else 1
    if n < 2:
        raise ValueError(f"the values have shape {sample.shape}: an interval needs two or more along the last axis")
    return sample.mean(-1), stdtrit(n - 1, 0.975) * sample.std(-1, ddof=1) / sqrt(n)
