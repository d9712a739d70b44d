"""Points in a plane, colored by a value: what a search has tried, and how good it was."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_lib.vis.style import INK, TEXT_SIZE, TITLE_SIZE, VERMILION, new_figure, plain_frame


def scatter_panels(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    xlabel: str = "",
    ylabel: str = "",
    value: str = "",
    log: bool = False,
) -> Figure:
    """Draw named panels `(x, y, value)`, three vectors of one length, on the same axes and colors; the best is ringed.

    A brighter point has a larger value, and `value` says what of; `log` makes both axes logarithmic. Raises ValueError
    for no panel, no point, and vectors of different lengths.
    """
    arrays = {name: [np.asarray(part, float) for part in parts] for name, parts in panels.items()}
    for name, parts in arrays.items():
        if len(parts) != 3 or any(part.ndim != 1 or part.shape != parts[0].shape for part in parts):
            raise ValueError(f"panel {name!r} needs x, y and value: three vectors of one length")
    if not arrays or not all(parts[0].size for parts in arrays.values()):
        raise ValueError("there is no point to draw")
    figure = new_figure(3.1 * len(arrays) + 0.9, 3.0)
    grid = figure.subplots(1, len(arrays), sharex=True, sharey=True, squeeze=False)[0]
    low, high = (end(end(parts[2]) for parts in arrays.values()) for end in (min, max))
    for axes, (name, (x, y, z)) in zip(grid, arrays.items(), strict=True):
        best = int(z.argmax())
        drawn = axes.scatter(x, y, c=z, cmap="cividis", vmin=low, vmax=high, s=85, edgecolors=INK, linewidths=0.6)
        axes.scatter(x[best], y[best], s=260, facecolors="none", edgecolors=VERMILION, linewidths=2)
        axes.set_title(name, size=TITLE_SIZE, color=INK)
        axes.set_xlabel(xlabel, size=TEXT_SIZE)
        plain_frame(axes)
    if log:
        grid[0].set(xscale="log", yscale="log")
    grid[0].margins(0.14)
    grid[0].set_ylabel(ylabel, size=TEXT_SIZE)
    figure.colorbar(drawn, ax=list(grid), label=value)
    return figure
