"""Where a kernel can lie: one axis of a convolution, drawn position by position."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.vis.style import BLUE, CELL, INK, LINE, TEXT_SIZE, VERMILION, new_figure


def positions(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> list[int]:
    """First cells of all windows along one axis, counted from the left end of the padding, by trying every place.

    Input size `i`, kernel size `k`, stride `s`, padding `p` on each side, dilation `d`. This is a count, not the
    formula of Dumoulin and Visin (2016), so the two can be held against each other.
    """
    for name, value, least in (("i", i, 1), ("k", k, 1), ("s", s, 1), ("p", p, 0), ("d", d, 1)):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    found, first = [], 0
    while first + d * (k - 1) < i + 2 * p:
        found.append(first)
        first += s
    return found


def kernel_positions(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> Figure:
    """Draw one axis of the input (padding dashed) and below it the kernel at each position, one row per output.

    Input cells that no kernel reads are crossed out. Raises ValueError when the kernel does not fit anywhere.
    """
    return kernel_positions_grid({"": (i, k, s, p, d)})


def kernel_positions_grid(settings: Mapping[str, tuple[int, ...]], *, columns: int = 2) -> Figure:
    """Draw `kernel_positions` for several named settings `(i, k, s, p, d)`; those left out at the end are 1, 0, 1."""
    if not settings:
        raise ValueError("there is no setting to draw")
    full = {name: (*given, *(1, 1, 1, 0, 1)[len(given) :]) for name, given in settings.items()}
    found = {name: positions(*given) for name, given in full.items()}
    for name, (i, k, _, p, d) in full.items():
        if not found[name]:
            raise ValueError(f"a kernel that reaches over {d * (k - 1) + 1} cells does not fit into {i + 2 * p}")
    across = min(columns, len(full))
    down = -(-len(full) // across)
    wide = max(max(i + 2 * p, 9) for i, _, _, p, _ in full.values()) + 0.4
    counts = [len(starts) for starts in found.values()]
    high = [1.6 + 0.75 * max(counts[row * across : (row + 1) * across]) for row in range(down)]
    figure = new_figure(across * wide * 0.36 + 0.2, sum(high) * 0.36 + 0.45 * down)
    grid = figure.add_gridspec(down, across, height_ratios=high)
    for place, (name, (i, k, s, p, d)) in enumerate(full.items()):
        axes = figure.add_subplot(grid[place])
        axes.set(xlim=(0, wide), ylim=(high[place // across], 0), aspect="equal", anchor="NW")
        axes.axis("off")
        _draw_windows(axes, found[name], i, k, p, d)
        sizes = f"i={i}, k={k}, s={s}, p={p}" + (f", d={d}" if d > 1 else "") + f"  →  o={len(found[name])}"
        axes.set_title(f"{name}: {sizes}" if name else sizes, size=TEXT_SIZE, color=INK, loc="left")
    return figure


def _draw_windows(axes: Axes, starts: list[int], i: int, k: int, p: int, d: int) -> None:
    read = {first + d * tap for first in starts for tap in range(k)}
    for cell in range(i + 2 * p):
        inside = p <= cell < p + i
        look = {"facecolor": CELL, "linestyle": "-"} if inside else {"facecolor": "white", "linestyle": "--"}
        axes.add_patch(Rectangle((cell + 0.2, 0.2), 1, 1, edgecolor=LINE, **look))  # type: ignore[arg-type]  # strings
        if cell not in read:
            axes.plot([cell + 0.4, cell + 1.0], [0.4, 1.0], color=VERMILION, linewidth=2)
            axes.plot([cell + 0.4, cell + 1.0], [1.0, 0.4], color=VERMILION, linewidth=2)
        elif not inside:
            axes.text(cell + 0.7, 0.72, "0", ha="center", va="center", size=TEXT_SIZE, color=INK)
    for row, first in enumerate(starts):
        y = 1.7 + 0.75 * row
        axes.plot([first + 0.7, first + 0.7 + d * (k - 1)], [y, y], color=BLUE, linewidth=1.5)
        for tap in range(k):
            axes.add_patch(Rectangle((first + d * tap + 0.38, y - 0.27), 0.64, 0.54, facecolor=BLUE, edgecolor="white"))
