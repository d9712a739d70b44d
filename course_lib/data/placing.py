"""Small pictures on a larger ground: moved, two over each other, cut into parts that change places.

They are light on dark, (N, C, H, W): the ground is 0, and where two lie over each other the lighter one counts.

    from course_lib.data import placing
    x = placing.moved(digits.x_test, 2, np.random.default_rng(0))  # (N, 1, 12, 12)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def place(x: Array, down: int | Array = 0, right: int | Array = 0, *, size: int = 12) -> Array:
    """Lay pictures x (N, C, H, W) on a ground of zeros (N, C, size, size), `down` and `right` of its middle.

    Both are whole numbers of pixels, one for all pictures or one for each, (N,); below 0 they go up and left. Raises
    ValueError for other shapes, and where a picture would reach beyond the ground.
    """
    _refuse_what_is_no_batch(x)
    count, channels, height, width = x.shape
    tops = _starts("down", down, count, size, height)
    lefts = _starts("right", right, count, size, width)
    ground = np.zeros((count, channels, size, size), x.dtype)
    rows = tops[:, None] + np.arange(height)
    columns = lefts[:, None] + np.arange(width)
    each = np.arange(count)
    # The indices lie on both sides of the colon, so their axes come first: (N, H, W, C).
    ground[each[:, None, None], :, rows[:, :, None], columns[:, None]] = x.transpose(0, 2, 3, 1)
    return ground


def moved(x: Array, most: int, rng: np.random.Generator, *, size: int = 12) -> Array:
    """Lay each picture of x (N, C, H, W) on a ground of its own, up to `most` pixels off the middle on each axis.

    With the size of the pictures themselves, what leaves the ground is cut off. Raises ValueError as `place` does.
    """
    down, right = rng.integers(-most, most + 1, (2, len(x)))
    if most and x.shape[2:] == (size, size):
        return place(x, down, right, size=size + 2 * most)[:, :, most:-most, most:-most]
    return place(x, down, right, size=size)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Two pictures of different classes over each other.

    Attributes:
        x: what is seen, (N, C, size, size): of each pixel the lighter one.
        labels: the two classes, (N, 2).
        first: the picture of labels[:, 0] alone, (N, C, size, size).
        second: that of labels[:, 1].
    """

    x: Array
    labels: npt.NDArray[np.int64]
    first: Array
    second: Array

    def targets(self, classes: int = 10) -> npt.NDArray[np.float32]:
        """(N, classes): 1 for the two that are there, 0 for the others."""
        present = np.zeros((len(self.labels), classes), np.float32)
        np.put_along_axis(present, self.labels, 1, axis=1)
        return present


def overlapping(x: Array, y: Array, count: int, rng: np.random.Generator, *, most: int = 2, size: int = 12) -> Pairs:
    """Draw `count` pairs of pictures x (N, C, H, W) with different labels y (N,), each moved as in `moved`.

    Raises ValueError for less than 1 pair, other shapes, and pictures of one class alone.
    """
    _refuse_what_is_no_batch(x)
    labels = np.asarray(y)
    if count < 1 or labels.shape != x.shape[:1]:
        raise ValueError(f"{count} pairs of {len(x)} pictures with labels {labels.shape}: at least 1, and ({len(x)},)")
    if (labels == labels[0]).all():
        raise ValueError(f"all pictures are of class {labels[0]}; a pair needs two classes")
    one = rng.integers(0, len(x), count)
    two = rng.integers(0, len(x), count)
    while (same := labels[one] == labels[two]).any():
        two[same] = rng.integers(0, len(x), int(same.sum()))
    first, second = moved(x[one], most, rng, size=size), moved(x[two], most, rng, size=size)
    both = np.stack([labels[one], labels[two]], axis=1).astype(np.int64)
    return Pairs(np.maximum(first, second), both, first, second)


def scrambled(x: Array, rng: np.random.Generator, *, parts: int = 2) -> Array:
    """Cut each picture of x (N, C, H, W) into parts × parts tiles and exchange them, so that none keeps its place.

    Raises ValueError for other shapes, fewer than 2 parts, and sides that do not divide into them.
    """
    _refuse_what_is_no_batch(x)
    count, channels, height, width = x.shape
    if parts < 2 or height % parts or width % parts:
        raise ValueError(f"pictures of {height} by {width} in {parts} by {parts} tiles: at least 2, without remainder")
    order = np.tile(np.arange(parts * parts), (count, 1))
    while (kept := (order == np.arange(parts * parts)).any(axis=1)).any():
        order[kept] = rng.permuted(order[kept], axis=1)
    tiles = x.reshape(count, channels, parts, height // parts, parts, width // parts).transpose(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(count, parts * parts, *tiles.shape[3:])
    tiles = np.take_along_axis(tiles, order[:, :, None, None, None], axis=1)
    grid = tiles.reshape(count, parts, parts, *tiles.shape[2:]).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(grid).reshape(x.shape)


def _refuse_what_is_no_batch(x: Array) -> None:
    if not isinstance(x, np.ndarray) or x.ndim != 4 or not x.size:
        raise ValueError(f"x has shape {np.shape(x)}; it must be an array (N, C, H, W), not empty")


def _starts(name: str, shift: int | Array, count: int, size: int, side: int) -> npt.NDArray[np.intp]:
    """The first row or column of each picture."""
    shifts = np.asarray(shift)
    if shifts.dtype.kind not in "iu" or shifts.shape not in ((), (count,)):
        raise ValueError(f"{name} is {shift!r}; it must be a whole number of pixels, or one for each picture")
    starts = np.broadcast_to(shifts, count).astype(np.intp) + (size - side) // 2
    if starts.min() < 0 or starts.max() > size - side:
        raise ValueError(
            f"{name} goes from {shifts.min()} to {shifts.max()}: pictures of {side} pixels reach beyond a ground of "
            f"{size}; take a larger size"
        )
    return starts
