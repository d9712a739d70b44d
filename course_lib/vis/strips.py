"""The values of some units for a batch of examples: a strip of dots for each unit, with its mean and deviation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course_lib.vis.layout import label_outside, panel_grid
from course_lib.vis.style import BLUE, INK, ORANGE, TITLE_SIZE, VERMILION, plain_frame

_WIDE = 0.34  # half the width of a strip; neighbors are 1 apart
_GOLDEN = 0.618034  # multiples of it, without their whole parts, fill a strip evenly in any order


def strips(
    panels: Mapping[str, ArrayLike], *, limits: tuple[float, float], xlabel: str = "unit", ylabel: str = ""
) -> Figure:
    """Draw named panels of values `(examples, units)` side by side on one scale, a strip of dots for each unit.

    A line marks the mean of each unit, a box reaches one standard deviation up and down. Values outside of `limits`
    are drawn at the edge. Raises ValueError for no panel, and for values of another shape.
    """
    figure, grid = panel_grid(panels, "panel", columns=len(panels), size=(2.6, 2.9), sharey=True)
    for axes, (title, values) in zip(grid.flat, panels.items(), strict=True):
        array = np.asarray(values, dtype=float)
        if array.ndim != 2 or array.size == 0:
            raise ValueError(f"panel {title!r} has shape {array.shape}; it must be (examples, units)")
        places = (np.arange(len(array)) * _GOLDEN % 1 - 0.5) * 2 * _WIDE
        for unit, column in enumerate(array.T, start=1):
            mean, deviation = column.mean(), column.std()
            corner = (unit - _WIDE - 0.06, mean - deviation)
            axes.add_patch(Rectangle(corner, 2 * _WIDE + 0.12, 2 * deviation, facecolor=ORANGE, alpha=0.3))
            axes.plot(unit + places, column.clip(*limits), ".", color=BLUE, markersize=3.2)
            axes.plot([unit - _WIDE - 0.06, unit + _WIDE + 0.06], [mean, mean], color=VERMILION, linewidth=2.2)
        axes.set_title(title, size=TITLE_SIZE, color=INK)
        plain_frame(axes)
        axes.grid(visible=False, axis="x")
        axes.set(xticks=range(1, array.shape[1] + 1), ylim=limits)
    label_outside(grid, xlabel, ylabel)
    return figure
