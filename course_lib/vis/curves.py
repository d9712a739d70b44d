"""Lines and bars: quantities against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from course_lib.vis.layout import label_outside, legend_below, panel_grid
from course_lib.vis.style import BLUE, INK, OKABE_ITO, TEXT_SIZE, TITLE_SIZE, new_figure, plain_frame

_DASHES = ("-", "--", "-.", ":")
_MARKERS = "osD^vPX"


def curves(
    lines: Mapping[str, Any],
    *,
    title: str | None = None,
    xlabel: str = "",
    ylabel: str = "",
    ylim: tuple[float, float] | None = None,
    xticks: Mapping[float, str] | None = None,
    size: tuple[float, float] = (6.4, 3.6),
    log: bool = False,
    log_x: bool = False,
) -> Figure:
    """Draw named lines; each is `y`, `(x, y)` or `(x, y, low, high)`, the last with a shaded band from low to high.

    `xticks` names places on the x axis, as in `{0: "none", 1: "2×2"}`; `log` makes the y axis logarithmic,
    `log_x` the x axis.
    Lines differ in color, dash and marker, so that they can be told apart without color.
    """
    if not lines:
        raise ValueError("there is no line to draw")
    figure = new_figure(*size)
    axes = figure.add_subplot()
    whole = _draw_lines(axes, lines, log)
    if log_x:
        axes.set_xscale("log")
    if xticks is not None:
        axes.set_xticks(list(xticks), list(xticks.values()))
        axes.xaxis.set_minor_locator(NullLocator())  # a logarithmic axis would number places between them
    elif whole and not log_x:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(xlabel, size=TEXT_SIZE)
    axes.set_ylabel(ylabel, size=TEXT_SIZE)
    if log:
        axes.set_yscale("log")
    if ylim is not None:
        axes.set_ylim(*ylim)
    if title:
        axes.set_title(title, size=TITLE_SIZE, color=INK, loc="left")
    if len(lines) > 1:
        axes.legend(frameon=False, fontsize=TEXT_SIZE)
    plain_frame(axes)
    return figure


def curve_panels(
    panels: Mapping[str, Mapping[str, Any]],
    *,
    columns: int = 3,
    xlabel: str = "",
    ylabel: str = "",
    ylim: tuple[float, float] | None = None,
    log: bool = False,
) -> Figure:
    """Draw named panels of named lines, each line as in `curves`, all on one y scale; one legend below them all."""
    figure, grid = panel_grid(panels, "panel", columns=columns, size=(2.6, 2.1), legend=0.3, sharey=True)
    drawn: dict[str, Any] = {}
    for axes, (title, lines) in zip(grid.flat, panels.items(), strict=False):
        if _draw_lines(axes, lines, log):
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_title(title, size=TITLE_SIZE, color=INK)
        plain_frame(axes)
        handles, labels = axes.get_legend_handles_labels()
        drawn |= dict(zip(labels, handles, strict=True))
    if log:
        grid[0, 0].set_yscale("log")
    if ylim is not None:
        grid[0, 0].set_ylim(*ylim)
    label_outside(grid, xlabel, ylabel)
    legend_below(figure, drawn)
    return figure


def bars(
    values: Mapping[str, float], *, title: str | None = None, xlabel: str = "", log: bool = False, width: float = 6.4
) -> Figure:
    """Draw one horizontal bar for each named value, with the value written behind it; `log` for a logarithmic axis."""
    if not values:
        raise ValueError("there is no bar to draw")
    if log and min(values.values()) <= 0:
        raise ValueError("a logarithmic axis has no place for values that are not positive")
    figure = new_figure(width, 0.9 + 0.42 * len(values))
    axes = figure.add_subplot()
    names, numbers = list(values), list(values.values())
    drawn = axes.barh(names, numbers, color=BLUE, height=0.62, log=log)
    written = [f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.3g}" for value in numbers]
    axes.bar_label(drawn, labels=written, padding=4, size=TEXT_SIZE)
    axes.invert_yaxis()
    axes.margins(x=0.22)
    axes.set_xlabel(xlabel, size=TEXT_SIZE)
    if title:
        axes.set_title(title, size=TITLE_SIZE, color=INK, loc="left")
    plain_frame(axes)
    axes.grid(visible=False, axis="y")
    return figure


def _draw_lines(axes: Axes, lines: Mapping[str, Any], log: bool) -> bool:
    """Draw the lines, each with color, dash and marker of its own; tell whether all of x are whole numbers."""
    whole = True
    for index, (name, line) in enumerate(lines.items()):
        x, y, band = _unpack(name, line)
        if log and any(np.any(part <= 0) for part in (y, *(band or ()))):
            raise ValueError(f"a logarithmic axis has no place for line {name!r}: not all of it is positive")
        whole = whole and bool(np.all(x == np.round(x)))
        color = OKABE_ITO[index % len(OKABE_ITO)]
        marker = _MARKERS[index % len(_MARKERS)] if len(x) <= 40 else ""
        dash = _DASHES[index % len(_DASHES)]
        axes.plot(x, y, color=color, linestyle=dash, marker=marker, markersize=5.5, linewidth=2, label=name)
        if band is not None:
            axes.fill_between(x, *band, color=color, alpha=0.18, linewidth=0)
    return whole


def _unpack(name: str, line: Any) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    parts = [np.asarray(part) for part in line] if isinstance(line, tuple) else [np.asarray(line)]
    if len(parts) == 1:
        parts = [np.arange(len(parts[0])), parts[0]]
    if len(parts) not in (2, 4) or any(part.shape != parts[0].shape or part.ndim != 1 for part in parts):
        raise ValueError(f"line {name!r} is neither y, (x, y) nor (x, y, low, high) with vectors of one length")
    return parts[0], parts[1], (parts[2], parts[3]) if len(parts) == 4 else None
