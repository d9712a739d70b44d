"""Panels of one size in rows, with one legend for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.vis.style import TEXT_SIZE, new_figure

Grid = np.ndarray[tuple[int, int], Any]  # of axes


def panel_grid(
    panels: Sized,
    what: str,
    *,
    columns: int,
    size: tuple[float, float],
    legend: float = 0.0,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, Grid]:
    """A figure with axes for each of `panels`, `columns` in a row; places that are left over stay empty.

    `size` is that of a panel and `legend` the height below all of them, in inches; all panels share an axis if `sharex`
    or `sharey` says so. Raises ValueError if there is nothing to draw, and calls it `what`.
    """
    if not len(panels):
        raise ValueError(f"there is no {what} to draw")
    across = min(columns, len(panels))
    down = -(-len(panels) // across)
    figure = new_figure(size[0] * across, size[1] * down + legend)
    grid = figure.subplots(down, across, sharex=sharex, sharey=sharey, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.axis("off")
    return figure, grid


def label_outside(grid: Iterable[Iterable[Axes]], xlabel: str = "", ylabel: str = "") -> None:
    """Name the quantities once: below the last row, and left of the first column."""
    rows = [list(row) for row in grid]
    for row in rows:
        row[0].set_ylabel(ylabel, size=TEXT_SIZE)
    for axes in rows[-1]:
        axes.set_xlabel(xlabel, size=TEXT_SIZE)


def legend_below(figure: Figure, drawn: Mapping[str, Artist]) -> None:
    """One legend for all panels, in one line, if there is more than one thing to tell apart."""
    if len(drawn) > 1:
        figure.legend(
            list(drawn.values()), list(drawn), loc="outside lower center", ncols=len(drawn), frameon=False,
            fontsize=TEXT_SIZE,
        )  # fmt: skip
