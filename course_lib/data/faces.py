"""Faces drawn of four parts: whole ones, broken ones, and ones with all their parts in wrong places."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

FaceKind = Literal["face", "broken", "scrambled"]
SIZE = 32
_DRAWN = {
    "left eye": ("#####", "#...#", "#.#.#", "#...#", "#####"),
    "right eye": ("....#", ".###.", "#####", ".....", "#...."),  # it winks: every part is of its own kind
    "nose": ("..#..", "..#..", "..#..", "..#..", ".###."),
    "mouth": (".....", ".....", "#...#", "#####", ".###."),
}
PARTS = tuple(_DRAWN)
_HOMES = np.array([(5, 4), (5, 22), (14, 13), (23, 13)])  # row and column of the corner of each part
_TOGETHER, _EACH = 3, 1  # pixels that all parts move by, and each of them by itself
_NOISE = 0.1


def draw_faces(count: int, kind: FaceKind = "face", seed: int = 0) -> npt.NDArray[np.float32]:
    """Draw `count` pictures (count, 1, 32, 32) of 0 to 1, the same for a seed.

    A "face" has a left eye, a right one, a nose and a mouth, each in its place. In a "broken" one a part is missing, or
    another part stands in its place. A "scrambled" one has all four, but not all in their places. All parts together
    move by up to 3 pixels, each by up to 1 more. Raises ValueError for a count below 1, and another kind.
    """
    if count < 1:
        raise ValueError(f"count is {count}: at least one picture must be drawn")
    if kind not in get_args(FaceKind):
        raise ValueError(f"kind is {kind!r}; there are {', '.join(get_args(FaceKind))}")
    rng = np.random.default_rng([seed, get_args(FaceKind).index(kind)])
    glyphs = np.array([[[mark == "#" for mark in line] for line in part] for part in _DRAWN.values()], np.float32)
    x = (_NOISE * rng.standard_normal((count, 1, SIZE, SIZE))).astype(np.float32)
    for picture in x[:, 0]:
        together = rng.integers(-_TOGETHER, _TOGETHER + 1, 2)
        for place, part in enumerate(_part_by_place(kind, rng)):
            row, column = _HOMES[place] + together + rng.integers(-_EACH, _EACH + 1, 2)
            if part is not None:
                picture[row : row + 5, column : column + 5] += glyphs[part]
    return np.clip(x, 0, 1)


def _part_by_place(kind: FaceKind, rng: np.random.Generator) -> list[int | None]:
    """Which part stands in the place of each."""
    right = list(range(len(PARTS)))
    if kind == "scrambled":
        order = right
        while order == right:
            order = [int(part) for part in rng.permutation(len(PARTS))]
        return list(order)
    parts: list[int | None] = list(right)
    if kind == "broken":
        place = int(rng.integers(len(PARTS)))
        choices: list[int | None] = [None, *(part for part in right if part != place)]
        parts[place] = choices[int(rng.integers(len(choices)))]
    return parts
