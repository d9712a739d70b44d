"""A small network with some of its hidden units gone, beside what it says about every point of a plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from course_lib.vis.style import (
    BLUE,
    CELL,
    FAINT,
    INK,
    LINE,
    PAPER,
    TEXT_SIZE,
    TITLE_SIZE,
    VERMILION,
    WINDOW,
    new_figure,
)

_SHADES = LinearSegmentedColormap.from_list("two classes", [BLUE, PAPER, VERMILION])
_LEVELS = np.linspace(0, 1, 11)
_SIDE = 1.9  # of a panel, in inches


def thinned_network(
    kept: ArrayLike,
    maps: Mapping[str, ArrayLike],
    points: tuple[ArrayLike, ArrayLike],
    *,
    reach: float,
) -> Figure:
    """Draw a net with two inputs and one output, of whose hidden units some are gone, and named maps of answers.

    Args:
        kept: (hidden,), false where a unit is dropped.
        maps: probabilities of class 1, each (rows, columns), from -reach to reach to the right and upwards.
        points: places (N, 2) and classes (N,) 0 or 1, drawn on each map.
        reach: half the side of the plane.

    Raises ValueError for no map and for one that is no matrix of probabilities.
    """
    if not maps:
        raise ValueError("there is no map to draw")
    there = np.asarray(kept, dtype=bool)
    places, classes = (np.asarray(part) for part in points)
    figure = new_figure(_SIDE * (len(maps) + 1), _SIDE + 0.3)
    first, *others = figure.subplots(1, len(maps) + 1)
    _draw_net(first, there)
    for axes, (name, answers) in zip(others, maps.items(), strict=True):
        shades = np.asarray(answers, dtype=float)
        if shades.ndim != 2 or shades.min() < 0 or shades.max() > 1:
            raise ValueError(f"the map {name!r} must be a matrix of probabilities, got shape {shades.shape}")
        _draw_map(axes, shades, places, classes, reach)
        axes.set_title(name, size=TITLE_SIZE - 1, color=INK)
    return figure


def _draw_net(axes: Axes, there: NDArray[np.bool_]) -> None:
    hidden = np.linspace(-1, 1, len(there))
    for x, stays in zip(hidden, there, strict=True):
        for end in ((-0.5, 0), (0.5, 0), (0, 2)) if stays else ():
            axes.plot([x, end[0]], [1, end[1]], color=LINE, linewidth=1.2, zorder=1)
        color, edge, dash = (WINDOW, INK, "-") if stays else (PAPER, LINE, "--")
        axes.scatter(x, 1, s=130, color=color, edgecolor=edge, linestyle=dash, zorder=2)
        if not stays:
            axes.text(x, 1, "×", ha="center", va="center", size=TEXT_SIZE, color=LINE, zorder=3)
    axes.scatter([-0.5, 0.5, 0], [0, 0, 2], s=130, color=CELL, edgecolor=INK, zorder=2)
    axes.set(xlim=(-1.3, 1.3), ylim=(-0.35, 2.35))
    axes.axis("off")
    axes.set_title(f"{int(there.sum())} of {len(there)} units", size=TITLE_SIZE - 1, color=INK)


def _draw_map(
    axes: Axes, shades: NDArray[np.float64], places: NDArray[np.float64], classes: NDArray[np.int_], reach: float
) -> None:
    down, right = (np.linspace(-reach, reach, size) for size in shades.shape)
    axes.contourf(right, down, shades, _LEVELS, cmap=_SHADES, alpha=0.75)
    if shades.min() < 0.5 < shades.max():
        axes.contour(right, down, shades, [0.5], colors=[INK], linewidths=1.4)
    for number, marker, color in ((0, "o", BLUE), (1, "^", VERMILION)):
        mine = places[classes == number]
        axes.scatter(mine[:, 0], mine[:, 1], s=9, marker=marker, color=color, edgecolor=INK, linewidth=0.3)
    axes.set(xticks=[], yticks=[], xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.spines[:].set(color=FAINT)
