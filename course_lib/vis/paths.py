"""A residual net unravelled: every way from its input to its output, and what is left of them when a block is gone."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc

from course_lib.vis.style import BLUE, CELL, INK, LINE, PAPER, TEXT_SIZE, TITLE_SIZE, VERMILION, new_figure

_STEP, _BOX = 1.6, 0.5  # between two blocks, and half the side of one
_LEAST, _MOST = 2, 4


def paths(blocks: int, removed: Collection[int] = ()) -> Figure:
    """Draw a residual net of `blocks` blocks, all of its paths, and a plain net; blocks `removed` (from 1) are crossed.

    A path that needs a removed block is drawn dashed and gray. Raises ValueError for fewer than 2 or more than 4
    blocks, and for a block that is not there. Source: Veit et al., Residual networks behave like ensembles of
    relatively shallow networks, 2016, figure 1.
    """
    strange = sorted(set(removed) - set(range(1, blocks + 1)))
    if not _LEAST <= blocks <= _MOST or strange:
        raise ValueError(f"draw 2 to 4 blocks, and remove some of them: not blocks={blocks}, removed={strange}")
    gone = frozenset(removed)
    ways = [frozenset(way) for length in range(blocks + 1) for way in combinations(range(1, blocks + 1), length)]
    figure = new_figure(9.6, 1.2 + 0.3 * len(ways))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    left.set(xlim=(-0.4, _STEP * (blocks + 1) + 0.4), ylim=(-4.2, 2.1), aspect="equal")
    _chain(left, blocks, 0.0, gone, frozenset(range(1, blocks + 1)), alive=True, arcs=True)
    left.text(0, 1.55, "residual net", size=TITLE_SIZE, color=INK)
    _chain(left, blocks, -3.4, gone, frozenset(range(1, blocks + 1)), alive=not gone)
    left.text(0, -2.35, "plain net: one path" + (", and it is cut" if gone else ""), size=TITLE_SIZE, color=INK)
    alive = sum(not way & gone for way in ways)
    right.set(xlim=(-2.6, _STEP * (blocks + 1) + 0.4), ylim=(-1.3 * len(ways) + 0.4, 1.5))
    right.text(0, 0.85, f"its paths: {alive} of {len(ways)} still carry something" if gone else
               f"its {len(ways)} paths", size=TITLE_SIZE, color=INK)  # fmt: skip
    for row, way in enumerate(ways):
        _chain(right, blocks, -1.3 * row, gone, way, alive=not way & gone)
        length = f"length {len(way)}" if row == 0 or len(way) > len(ways[row - 1]) else ""
        right.text(-0.5, -1.3 * row, length, ha="right", va="center", size=TEXT_SIZE, color=INK)
    for axes in (left, right):
        axes.axis("off")
    return figure


def _chain(
    axes: Axes, blocks: int, y: float, gone: frozenset[int], way: frozenset[int], *, alive: bool, arcs: bool = False
) -> None:
    """A line from left to right through the blocks of a way; with arcs round them if there are shortcuts."""
    color, dash = (BLUE, "-") if alive else (LINE, (0, (2, 2)))
    end = _STEP * (blocks + 1)
    axes.plot([0, end], [y, y], color=color, linestyle=dash, linewidth=2.4 if alive else 1.2, zorder=1)
    axes.plot(end, y, marker=">", color=color, markersize=8, zorder=2)
    for block in range(1, blocks + 1):
        x = _STEP * block
        if arcs:
            axes.add_patch(Arc((x, y), 2.4 * _BOX, 4 * _BOX, theta1=0, theta2=180, color=BLUE, linewidth=2.4))
        if arcs and block in gone:  # nothing comes through: the line is interrupted round the block
            axes.plot([x - 1.2 * _BOX, x + 1.2 * _BOX], [y, y], color=PAPER, linewidth=4, zorder=1.5)
        if block not in way:
            continue
        there = block not in gone
        axes.scatter(x, y, s=420 if arcs else 210, marker="s", color=CELL if there else PAPER,
                     edgecolor=BLUE if there and alive else (VERMILION if not there else LINE),
                     linestyle="-" if there else "--", linewidth=1.4, zorder=3)  # fmt: skip
        axes.text(x, y, f"$f_{block}$" if there else "×", ha="center", va="center", color=INK if there else VERMILION,
                  size=TEXT_SIZE + (1 if there else 3), zorder=4)  # fmt: skip
