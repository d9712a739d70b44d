"""A loss of two weights seen from above, and ways down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike
from PIL import Image

from course_lib.vis.flipbook import Flipbook
from course_lib.vis.layout import label_outside, legend_below, panel_grid
from course_lib.vis.show import DOTS_PER_INCH, encoded
from course_lib.vis.style import INK, OKABE_ITO, TITLE_SIZE, plain_frame

_MARKERS = "osD^vPX"
_POINTS = 61  # along each side
_LEVELS = 14


@dataclass(frozen=True)
class Landscape:
    """A loss of two weights, and the part of the plane to look at.

    Attributes:
        loss: takes two arrays of one shape, gives an array of that shape.
        first: lowest and highest value of the first weight, drawn to the right.
        second: of the second weight, drawn upwards.
        lowest: where a star is drawn; None for nowhere.
    """

    loss: Callable[[Any, Any], Any]
    first: tuple[float, float]
    second: tuple[float, float]
    lowest: tuple[float, float] | None = None


def descents(
    panels: Mapping[str, tuple[Landscape, Mapping[str, ArrayLike]]],
    *,
    columns: int = 3,
    size: float = 2.7,
    names: tuple[str, str] = ("w₁", "w₂"),
) -> Figure:
    """Draw landscapes from above, darker where the loss is low, and on each its named ways (steps + 1, 2).

    A circle marks where a way begins. What leaves the landscape is not drawn. Each name has one color and marker in
    all panels. Raises ValueError for a way of another shape.
    """
    return _drawn(panels, columns, size, names)[0]


def descent_film(
    panels: Mapping[str, tuple[Landscape, Mapping[str, ArrayLike]]],
    captions: Mapping[int, str],
    *,
    alt: str,
    columns: int = 3,
    size: float = 2.7,
    names: tuple[str, str] = ("w₁", "w₂"),
) -> Flipbook:
    """Film of `descents`: one picture for each number of steps in `captions`. Leave it as the last line of a cell.

    Raises ValueError as `descents` does, for fewer than two pictures, and for an empty `alt`.
    """
    figure, lines = _drawn(panels, columns, size, names)
    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    ways = [(line, np.column_stack(line.get_data())) for line in lines]
    for line in lines:
        line.set_animated(True)  # left out of the ground, which is drawn once: pictures then cost next to nothing
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib's
    ground = canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]  # matplotlib's
    pages = {}
    for steps, caption in captions.items():
        canvas.restore_region(ground)  # type: ignore[no-untyped-call]  # matplotlib's
        for line, way in ways:
            line.set_data(way[: steps + 1].T)
            cast(Axes, line.axes).draw_artist(line)
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]  # matplotlib's
        pages[caption] = encoded(Image.fromarray(pixels), alt)
    return Flipbook(pages)


def _drawn(
    panels: Mapping[str, tuple[Landscape, Mapping[str, ArrayLike]]], columns: int, size: float, names: tuple[str, str]
) -> tuple[Figure, list[Line2D]]:
    """The figure, and the line of each way."""
    figure, grid = panel_grid(panels, "landscape", columns=columns, size=(size, size), legend=0.3)
    order = list(dict.fromkeys(name for _, ways in panels.values() for name in ways))
    drawn: dict[str, Line2D] = {}
    lines = []
    for axes, (title, (landscape, ways)) in zip(grid.flat, panels.items(), strict=False):
        _draw_landscape(axes, landscape)
        for name, way in ways.items():
            drawn[name] = _draw_way(axes, name, np.asarray(way), order.index(name))
            lines.append(drawn[name])
        axes.set_title(title, size=TITLE_SIZE, color=INK)
    label_outside(grid, *names)
    legend_below(figure, drawn)
    return figure, lines


def _draw_landscape(axes: Axes, landscape: Landscape) -> None:
    u, v = np.meshgrid(np.linspace(*landscape.first, _POINTS), np.linspace(*landscape.second, _POINTS))
    height = np.asarray(landscape.loss(u, v))
    # Lines at equal steps of the root crowd together less than at equal steps of the loss, which grows like a square.
    levels = height.min() + (height.max() - height.min()) * np.linspace(0, 1, _LEVELS + 1) ** 2
    axes.contourf(u, v, height, levels, cmap="Blues_r", alpha=0.45)
    axes.contour(u, v, height, levels, colors="#7d93a8", linewidths=0.5)
    if landscape.lowest is not None:
        axes.plot(*landscape.lowest, marker="*", color=INK, markersize=11, linestyle="none")
    plain_frame(axes)
    axes.grid(visible=False)
    axes.locator_params(nbins=4)  # most of the time of a drawing goes into its ticks
    axes.set(xlim=landscape.first, ylim=landscape.second)


def _draw_way(axes: Axes, name: str, way: np.ndarray, index: int) -> Line2D:
    if way.ndim != 2 or way.shape[1] != 2:
        raise ValueError(f"the way {name!r} has shape {way.shape}; it must be (steps + 1, 2)")
    color = OKABE_ITO[(index + 1) % len(OKABE_ITO)]  # blue is the ground
    marker = _MARKERS[index % len(_MARKERS)]
    axes.plot(*way[0], marker="o", markersize=9, color=INK, fillstyle="none", linestyle="none")
    (line,) = axes.plot(way[:, 0], way[:, 1], color=color, marker=marker, markersize=3.6, linewidth=1.6)
    return line
