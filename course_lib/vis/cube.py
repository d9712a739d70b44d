"""An array of three axes as a cube of cells, to show which of them are averaged together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from course_lib.vis.style import BLUE, INK, LINE, TEXT_SIZE, TITLE_SIZE, bare_axes, new_figure

_RIGHT, _UP = 0.52, 0.38  # how far one step into the depth moves a cell on the paper, in cells
_INCHES_PER_CELL = 0.36
_GROUNDS = {"front": "#eef4fa", "top": "#f9fbfd", "side": "#dbe5ee"}
_MARKED = {"front": BLUE, "top": "#4a9fd0", "side": "#005587"}
_MOST_FACES = 400

Place = tuple[float, float]


class _Cell(NamedTuple):
    """One face of one cell: where it is seen, its corners on the paper in order, and the number it was given."""

    face: str
    corners: tuple[Place, Place, Place, Place]
    number: int


def cube(
    sharing: ArrayLike,
    mark: tuple[int, int, int],
    *,
    names: tuple[str, str, str] = ("N", "C", "H·W"),
    title: str = "",
) -> Figure:
    """Draw an array `(N, C, HW)` of whole numbers as a cube: cells of one number share, say, one mean.

    The first axis leads into the depth, the second to the right, the third down. Cells with the number of the cell
    `mark` are blue, and a thick line stands between neighbors of different numbers. Raises ValueError for an array
    without three axes, and for a cell outside of it.
    """
    numbers = np.asarray(sharing, dtype=int)
    if numbers.ndim != 3 or numbers.size == 0:
        raise ValueError(f"a cube needs an array of three axes, got shape {numbers.shape}")
    if not all(0 <= place < length for place, length in zip(mark, numbers.shape, strict=True)):
        raise ValueError(f"the cell {mark} lies outside of the shape {numbers.shape}")
    cells = [*_front(numbers), *_top(numbers), *_side(numbers)]
    if len(cells) > _MOST_FACES:
        raise ValueError(f"shape {numbers.shape} shows {len(cells)} cells, too many to tell apart")
    deep, wide, high = numbers.shape
    left, head, foot = 1.6, 1.0 if title else 0.2, 1.3
    width, height = left + wide + deep * _RIGHT + 1.2, head + deep * _UP + high + foot
    figure = new_figure(width * _INCHES_PER_CELL, height * _INCHES_PER_CELL)
    axes = bare_axes(figure, width, height)
    axes.set(xlim=(-left, width - left), ylim=(high + foot, -deep * _UP - head))
    for cell in cells:
        color = (_MARKED if cell.number == numbers[mark] else _GROUNDS)[cell.face]
        axes.add_patch(Polygon(cell.corners, facecolor=color, edgecolor=LINE, linewidth=0.6))
    _borders(axes, cells)
    _write_names(axes, names, numbers.shape)
    if title:
        axes.set_title(title, size=TITLE_SIZE, color=INK)
    return figure


def _on_paper(n: float, c: float, row: float) -> Place:
    return c + _RIGHT * n, row - _UP * n


def _front(numbers: np.ndarray) -> Iterator[_Cell]:
    for (c, row), number in np.ndenumerate(numbers[0]):
        ends = ((c, row), (c + 1, row), (c + 1, row + 1), (c, row + 1))
        yield _Cell("front", _four(*(_on_paper(0, *end) for end in ends)), int(number))


def _top(numbers: np.ndarray) -> Iterator[_Cell]:
    for (n, c), number in np.ndenumerate(numbers[:, :, 0]):
        ends = ((n, c), (n, c + 1), (n + 1, c + 1), (n + 1, c))
        yield _Cell("top", _four(*(_on_paper(*end, 0) for end in ends)), int(number))


def _side(numbers: np.ndarray) -> Iterator[_Cell]:
    wide = numbers.shape[1]
    for (n, row), number in np.ndenumerate(numbers[:, -1]):
        ends = ((n, row), (n + 1, row), (n + 1, row + 1), (n, row + 1))
        yield _Cell("side", _four(*(_on_paper(depth, wide, end) for depth, end in ends)), int(number))


def _four(a: Place, b: Place, c: Place, d: Place) -> tuple[Place, Place, Place, Place]:
    return a, b, c, d


def _borders(axes: Axes, cells: list[_Cell]) -> None:
    """A thick line wherever the two cells at an edge have different numbers, and around the whole."""
    beside: dict[frozenset[Place], list[int]] = {}
    for cell in cells:
        rounded = [(round(x, 6), round(y, 6)) for x, y in cell.corners]
        for start, end in zip(rounded, [*rounded[1:], rounded[0]], strict=True):
            beside.setdefault(frozenset((start, end)), []).append(cell.number)
    for edge, found in beside.items():
        if len(found) == 1 or len(set(found)) > 1:
            axes.plot(*np.array(sorted(edge)).T, color=INK, linewidth=1.7, solid_capstyle="round")


def _write_names(axes: Axes, names: tuple[str, str, str], shape: tuple[int, ...]) -> None:
    deep, wide, high = shape
    into = _on_paper(deep / 2, wide, high)
    places = [(into[0] + 0.3, into[1] + 0.35, "left"), (wide / 2, high + 0.6, "center"), (-0.35, high / 2, "right")]
    for name, (x, y, side) in zip(names, places, strict=True):
        axes.text(x, y, name, ha=side, va="center", size=TEXT_SIZE, color=INK)
