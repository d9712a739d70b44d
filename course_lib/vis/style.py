"""One look for every figure: colors that color-blind readers can tell apart, sizes that read on a projector."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito (2008), without the yellow that is too pale for lines on white.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
)  # fmt: skip
OKABE_ITO = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)

INK, LINE, FAINT, PAPER = "#1a1a1a", "#8a8a8a", "#dddddd", "#ffffff"
# The same hues mixed with white, six that stay apart: grounds on which black numbers can be read.
TINTS = ("#8cc0dc", "#f0c7a6", "#a6ddce", "#e8c3d7", "#f8f2a1", "#d0d0d0")
CELL, WINDOW, RESULT, EMPTY = "#eef4fa", "#fbe3c0", "#cfeee0", "#f4f4f4"
TITLE_SIZE, TEXT_SIZE, CELL_SIZE = 11.0, 10.0, 11.0


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of `width` by `height` inches. It belongs to no pyplot state, so nothing shows it twice."""
    return Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)


def bare_axes(figure: Figure, width: float, height: float) -> Axes:
    """Axes without frame or ticks, one unit per cell, y downwards like the rows of an array."""
    axes = figure.add_subplot()
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.axis("off")
    return axes


def plain_frame(axes: Axes) -> None:
    """Leave only the two axis lines that carry numbers, and a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=TEXT_SIZE)
