"""1797 handwritten digits of 8 by 8 pixels: small enough to train on in seconds, on any computer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from course_lib.data.scikit import scikit_file

_TEST_PER_CLASS = 36  # ten classes: 360 of 1797, one fifth


@dataclass(frozen=True, eq=False)
class Digits:
    """Digits to train and to test on: x (N, 1, 8, 8) float32 in 0..1, y (N,) int64, classes[y] the name."""

    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]
    classes: tuple[str, ...]


def digits(seed: int = 0) -> Digits:
    """Read the digits, 1437 to train and 360 to test (36 of each class), in a shuffled order.

    The same seed gives the same split on every machine and with every version of NumPy.
    The arrays are your own copies. Source: UCI optical recognition of handwritten digits
    (Alpaydin and Kaynak 1998, CC BY 4.0), as it comes with scikit-learn.
    """
    rows = np.loadtxt(scikit_file("data", "digits.csv.gz"), dtype=np.int64, delimiter=",")  # 64 pixels and the digit
    x = (rows[:, :-1] / 16).astype(np.float32).reshape(-1, 1, 8, 8)  # the pixels count 0 to 16
    y = np.ascontiguousarray(rows[:, -1])
    train, test = _stratified_split(y, seed)
    return Digits(
        x_train=x[train],
        y_train=y[train],
        x_test=x[test],
        y_test=y[test],
        classes=tuple("0123456789"),
    )


def _stratified_split(y: npt.NDArray[np.int64], seed: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Shuffle the indices; the first few of each class are for testing, the rest for training."""
    # The raw words of PCG64 are fixed for ever; those of Generator.permutation may change with a new NumPy.
    order = np.argsort(np.random.PCG64(seed).random_raw(len(y)), kind="stable")
    shuffled = y[order]
    test = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        test[np.flatnonzero(shuffled == label)[:_TEST_PER_CLASS]] = True
    return order[~test], order[test]
