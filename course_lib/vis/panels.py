"""Small pictures of one kind side by side, on the same axes, so that the eye can compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_lib.vis.layout import label_outside, legend_below, panel_grid
from course_lib.vis.style import BLUE, INK, LINE, PAPER, TEXT_SIZE, TITLE_SIZE, VERMILION, new_figure, plain_frame

_BINS = 41


def function_panels(
    functions: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    columns: int = 3,
    ylim: tuple[float, float] | None = None,
) -> Figure:
    """Draw named functions `(x, y, slope)`, three vectors of one length: each with its derivative, dashed, below it."""
    figure, grid = panel_grid(
        functions, "function", columns=columns, size=(2.6, 2.2), legend=0.4, sharex=True, sharey=True
    )
    for axes, (name, parts) in zip(grid.flat, functions.items(), strict=False):
        x, y, slope = (np.asarray(part) for part in parts)
        if not x.shape == y.shape == slope.shape:
            raise ValueError(f"function {name!r} needs x, y and slope of one length, got {x.shape}, {y.shape}, "
                             f"{slope.shape}")  # fmt: skip
        axes.axhline(0, color=LINE, linewidth=0.8)
        axes.axvline(0, color=LINE, linewidth=0.8)
        axes.plot(x, y, color=BLUE, linewidth=2.4, label="function")
        axes.plot(x, slope, color=VERMILION, linewidth=2, linestyle="--", label="derivative")
        axes.set_title(name, size=TITLE_SIZE, color=INK)
        plain_frame(axes)
        axes.label_outer()
    if ylim is not None:
        grid[0, 0].set_ylim(*ylim)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    legend_below(figure, dict(zip(labels, handles, strict=True)))
    return figure


def histogram_panels(
    rows: Mapping[str, Sequence[ArrayLike]], names: Sequence[str], *, limits: tuple[float, float]
) -> Figure:
    """Draw one histogram for each array, one row for each name in `rows`, one column for each of `names`.

    Values outside of `limits` are left out of the bars; the deviation of all of them is written above each panel.
    """
    if not rows:
        raise ValueError("there is no row to draw")
    for name, arrays in rows.items():
        if len(arrays) != len(names):
            raise ValueError(f"row {name!r} has {len(arrays)} arrays for {len(names)} columns")
    figure = new_figure(1.45 * len(names) + 0.5, 1.3 * len(rows) + 0.3)
    grid = figure.subplots(len(rows), len(names), sharex=True, squeeze=False)
    for row, (name, arrays) in enumerate(rows.items()):
        for column, values in enumerate(arrays):
            axes, flat = grid[row, column], np.asarray(values).ravel()
            axes.hist(flat, bins=_BINS, range=limits, color=BLUE)
            axes.set_yticks([])
            axes.spines[["top", "right", "left"]].set_visible(False)
            axes.tick_params(labelsize=TEXT_SIZE - 2)
            head = f"{names[column]}\n" if row == 0 else ""
            axes.set_title(f"{head}σ = {flat.std():.2g}", size=TEXT_SIZE - 1, color=INK)
        grid[row, 0].set_ylabel(name, size=TEXT_SIZE, color=INK)
    return figure


def bar_panels(
    panels: Mapping[str, Mapping[str, float]],
    *,
    ylabel: str = "",
    ylim: tuple[float, float] = (0, 1),
    columns: int = 3,
    level: float | None = None,
) -> Figure:
    """Draw named panels of named upright bars on one scale, the value written above each; a dashed line at `level`."""
    figure, grid = panel_grid(panels, "panel", columns=columns, size=(2.7, 2.4), sharey=True)
    for axes, (title, values) in zip(grid.flat, panels.items(), strict=False):
        drawn: Any = axes.bar(list(values), list(values.values()), color=BLUE, width=0.62)
        axes.bar_label(drawn, labels=[f"{value:.3g}" for value in values.values()], padding=3, size=TEXT_SIZE,
                       bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})  # fmt: skip
        if level is not None:
            axes.axhline(level, color=VERMILION, linestyle="--", linewidth=1.6, zorder=0.9)
        axes.set_title(title, size=TITLE_SIZE, color=INK)
        plain_frame(axes)
        axes.grid(visible=False, axis="x")
        axes.label_outer()
    room = 0.12 * (ylim[1] - ylim[0])  # for the value above the tallest bar
    grid[0, 0].set_ylim(ylim[0], ylim[1] + room)
    label_outside(grid, ylabel=ylabel)
    return figure
