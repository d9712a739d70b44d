"""A bundled set that looks a little like photographs: ten shapes, drawn with seven difficulties that you can turn off.

The difficulties are those that make recognizing photographs hard. Each has a strength of its own and random numbers of
its own, so turning one off leaves everything else in a picture as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from course_lib.data.images import Images
from course_lib.data.outlines import OUTLINES

Array = npt.NDArray[np.float32]

CLASSES = tuple(OUTLINES)
SIZE = 32
_RADIUS = 9.0  # pixels, of a shape of scale 1
_AT_ONCE = 500  # pictures: their arrays stay in the cache
_STREAMS = ("position", "scale", "rotation", "color", "light", "clutter", "occlusion", "variation", "noise", "label")


@dataclass(frozen=True)
class Nuisances:
    """How strong each difficulty is: 0 is off, 1 the usual strength, above 1 harder. Errors: ValueError below 0.

    Attributes:
        position: the shape leaves the middle (viewpoint).
        scale: it is smaller or larger (scale).
        rotation: it is turned, by up to 35 degrees (viewpoint).
        color: shape and background have random colors (intra-class variation).
        light: one side is brighter, and all of it brighter or darker (illumination).
        clutter: blobs and a pattern in the background (background clutter).
        occlusion: a stripe covers a part (occlusion).
        variation: proportions differ, outlines are bent (deformation).
    """

    position: float = 1.0
    scale: float = 1.0
    rotation: float = 1.0
    color: float = 1.0
    light: float = 1.0
    clutter: float = 1.0
    occlusion: float = 1.0
    variation: float = 1.0

    def __post_init__(self) -> None:
        """Check the strengths."""
        for field in fields(self):
            if not getattr(self, field.name) >= 0:
                raise ValueError(
                    f"{field.name} is {getattr(self, field.name)}: the strength of a difficulty is 0 or more"
                )


def shapes(train: int = 8000, test: int = 2000, seed: int = 0, nuisances: Nuisances | None = None) -> Images:
    """Draw `train` and `test` pictures of ten shapes, (N, 3, 32, 32) uint8, the same on every machine for a seed."""
    x, y = draw_shapes(train + test, seed, nuisances)
    return Images(x[:train], y[:train], x[train:], y[train:], CLASSES)


def draw_shapes(
    count: int, seed: int = 0, nuisances: Nuisances | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Draw `count` pictures: x (count, 3, 32, 32) uint8 and y (count,) int64, one of each class in every ten.

    Picture n depends on the seed and on n alone. `Nuisances` are the challenges of recognition.
    Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}: at least one picture must be drawn")
    strengths = nuisances or Nuisances()
    x = np.empty((count, 3, SIZE, SIZE), np.uint8)
    y = np.empty(count, np.int64)
    for first in range(0, count, _AT_ONCE):
        drawn, labels = _draw_block(seed, first // _AT_ONCE, strengths)
        part = slice(first, min(first + _AT_ONCE, count))
        x[part], y[part] = drawn[: part.stop - first], labels[: part.stop - first]
    return x, y


def _draw_block(seed: int, block: int, strengths: Nuisances) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """One block of pictures. `signed` is uniform between -1 and 1, `between` between 0 and 1."""
    streams = {name: np.random.default_rng([seed, block, n]) for n, name in enumerate(_STREAMS)}

    def between(name: str, *shape: int) -> Array:
        return streams[name].random((_AT_ONCE, *shape), dtype=np.float32)

    def signed(name: str, *shape: int) -> Array:
        return 2 * between(name, *shape) - 1

    labels = np.argsort(between("label")[: _AT_ONCE // 10 * 10].reshape(-1, 10), axis=1).ravel()
    s = strengths
    center = signed("position", 2, 1, 1) * 7 * s.position
    scale = np.exp(0.4 * s.scale * signed("scale", 1, 1))
    angle = np.deg2rad(35 * s.rotation) * signed("rotation", 1, 1)
    inside = _shape(labels, center, _RADIUS * scale, angle, s.variation * signed("variation", 4, 1, 1))
    behind, front = _colors(signed("color", 2, 3), s.color)
    background = behind + s.clutter * _pattern(signed("clutter", 3, 5, 5), between("clutter", 6, 4))
    picture = background + inside[:, None] * (front - background)
    picture += _stripe(between("occlusion", 4), s.occlusion)[:, None] * (behind - picture)
    picture *= _light(signed("light", 3, 1, 1), s.light)[:, None]
    picture += 0.02 * signed("noise", 3, SIZE, SIZE)
    return np.clip(255 * picture + 0.5, 0, 255).astype(np.uint8), labels.astype(np.int64)


def _grid() -> tuple[Array, Array]:
    """Rows and columns of the pixels, counted from the middle."""
    rows, columns = np.meshgrid(*2 * [np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2], indexing="ij")
    return rows, columns


def _shape(labels: npt.NDArray[np.intp], center: Array, radius: Array, angle: Array, variation: Array) -> Array:
    """How much of each pixel the shape covers, (N, 32, 32), between 0 and 1."""
    rows, columns = _grid()
    down, right = rows - center[:, 0], columns - center[:, 1]
    u = (np.cos(angle) * right + np.sin(angle) * down) / radius
    v = (np.cos(angle) * down - np.sin(angle) * right) / radius
    bend, phase, stretch, proportion = (variation[:, n] for n in range(4))
    u, v = u * (1 + 0.2 * stretch) + 0.12 * bend * np.sin(2.5 * v + 3 * phase), v / (1 + 0.2 * stretch)
    covered = np.empty((len(labels), SIZE, SIZE), np.float32)
    for label, outline in enumerate(OUTLINES.values()):
        mine = labels == label
        distance = outline(u[mine], v[mine], proportion[mine])
        covered[mine] = np.clip(0.5 - distance * radius[mine], 0, 1)  # the edge is one pixel wide
    return covered


def _colors(drawn: Array, strength: float) -> tuple[Array, Array]:
    """Colors of background and shape, (N, 3, 1, 1), that differ in brightness."""
    behind, front = 0.3 + 0.25 * strength * drawn[:, 0], 0.75 + 0.25 * strength * drawn[:, 1]
    missing = 0.2 - (front - behind).mean(axis=1, keepdims=True)
    front = front + np.maximum(missing, 0)
    swapped = strength * drawn[:, :1, 0] > 0  # a dark shape on a bright ground as often as not
    pair = np.where(swapped, front, behind), np.where(swapped, behind, front)
    return pair[0][:, :, None, None].astype(np.float32), pair[1][:, :, None, None].astype(np.float32)


def _pattern(coarse: Array, blobs: Array) -> Array:
    """Changes of the background, (N, 3, 32, 32): a smooth pattern, and six blobs."""
    places = np.linspace(0, 3.999, SIZE)
    low = places.astype(int)
    part = (places - low).astype(np.float32)
    weights = np.zeros((SIZE, 5), np.float32)  # linear interpolation as a product of matrices
    weights[np.arange(SIZE), low], weights[np.arange(SIZE), low + 1] = 1 - part, part
    smooth: Array = (weights @ coarse @ weights.T).astype(np.float32) * np.float32(0.12)
    rows, columns = _grid()
    for n in range(blobs.shape[1]):
        down, right, size, bright = (blobs[:, n, k, None, None] for k in range(4))
        far = (rows - 32 * (down - 0.5)) ** 2 + (columns - 32 * (right - 0.5)) ** 2
        covered = np.clip(0.5 + (2 + 2 * size) ** 2 / 4 - far / 4, 0, 1)
        smooth += ((bright - 0.5) * 0.5 * covered)[:, None]
    return smooth


def _stripe(drawn: Array, strength: float) -> Array:
    """How much of each pixel is covered by a stripe, (N, 32, 32): six pictures of ten have one."""
    angle, offset, width, present = (drawn[:, k, None, None] for k in range(4))
    rows, columns = _grid()
    across = np.cos(np.pi * angle) * rows + np.sin(np.pi * angle) * columns - 16 * (offset - 0.5)
    covered = np.clip(0.5 + (1 + 1.5 * width) * strength - np.abs(across), 0, 1)
    stripe: Array = covered * (present < 0.6 * min(strength, 1.0))
    return stripe


def _light(drawn: Array, strength: float) -> Array:
    """The factor of each pixel, (N, 32, 32)."""
    rows, columns = _grid()
    slope = (drawn[:, 0] * rows + drawn[:, 1] * columns) / SIZE
    light: Array = np.exp(strength * (0.25 * drawn[:, 2] + 0.5 * slope))
    return light
