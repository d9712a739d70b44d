"""What every set of colored or gray pictures looks like: bytes, labels, names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Images:
    """Pictures to train and to test on: x (N, C, H, W) uint8, 0 to 255; y (N,) int64; classes[y] the name."""

    x_train: npt.NDArray[np.uint8]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.uint8]
    y_test: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    def validation(self, count: int, seed: int = 0) -> Images:
        """The training pictures alone, split anew: `count` of them, chosen by `seed`, take the place of the test set.

        For choosing hyperparameters: the real test set stays unseen. Raises ValueError if too few are left to train on.
        """
        total = len(self.y_train)
        if not 0 < count < total:
            raise ValueError(f"count is {count}: of {total} training pictures at least one must be left on each side")
        order = np.random.default_rng(seed).permutation(total)
        held, kept = order[:count], order[count:]
        return Images(self.x_train[kept], self.y_train[kept], self.x_train[held], self.y_train[held], self.classes)

    def subset(self, count: int, seed: int = 0) -> Images:
        """The same test set, and `count` of the training pictures, chosen by `seed`; equally many of each class."""
        kept = np.sort(balanced(self.y_train, count, seed))
        return Images(self.x_train[kept], self.y_train[kept], self.x_test, self.y_test, self.classes)


def balanced(labels: npt.NDArray[np.int64], count: int, seed: int = 0) -> npt.NDArray[np.intp]:
    """Positions of `count` labels, drawn by `seed`, with numbers of each class that differ by at most one.

    Raises ValueError when a class has too few.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    names = np.unique(labels)
    wanted = [count // len(names) + (n < count % len(names)) for n in range(len(names))]
    chosen = []
    for name, least in zip(names, wanted, strict=True):
        mine = order[labels[order] == name]
        if len(mine) < least:
            raise ValueError(f"class {name} has {len(mine)} pictures, but {least} of each are asked for")
        chosen.append(mine[:least])
    return np.concatenate(chosen)
