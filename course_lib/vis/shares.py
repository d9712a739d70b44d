"""What a whole is made of: stacked bars, one for each whole, so that parts can be compared between them."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from course_lib.vis.layout import legend_below
from course_lib.vis.style import INK, LINE, TEXT_SIZE, TINTS, new_figure, plain_frame

_LEAST = 4.0  # percent: a narrower part has no place for its number


def shares(wholes: Mapping[str, Mapping[str, float]], *, xlabel: str = "share in %", width: float = 6.6) -> Figure:
    """Draw one bar of 100 % for each whole, with its named parts side by side and their percent written on them.

    All wholes have parts of the same names, in the order of the first. Parts are not negative, in any unit. Raises
    ValueError for no whole, no part, other names, more parts than colors, negative parts, or parts that are all zero.
    """
    if not wholes:
        raise ValueError("there is no bar to draw")
    names = list(next(iter(wholes.values())))
    if not names:
        raise ValueError("there is no part to draw")
    if len(names) > len(TINTS):
        raise ValueError(f"{len(names)} parts: there are {len(TINTS)} colors that stay apart")
    figure = new_figure(width, 1.0 + 0.5 * len(wholes))
    axes = figure.add_subplot()
    drawn: dict[str, Artist] = {}
    for row, (whole, parts) in enumerate(wholes.items()):
        left, total = 0.0, _sum(whole, parts, names)
        for name, color in zip(names, TINTS, strict=False):
            share = 100 * parts[name] / total
            bar = axes.barh(row, share, left=left, color=color, edgecolor=LINE, linewidth=0.8, height=0.66)
            drawn.setdefault(name, bar[0])
            if share >= _LEAST:
                axes.text(left + share / 2, row, f"{share:.0f}", ha="center", va="center", size=TEXT_SIZE, color=INK)
            left += share
    axes.set_yticks(range(len(wholes)), list(wholes))
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel(xlabel, size=TEXT_SIZE)
    plain_frame(axes)
    axes.grid(visible=False, axis="y")
    legend_below(figure, drawn)
    return figure


def _sum(whole: str, parts: Mapping[str, float], names: list[str]) -> float:
    if set(parts) != set(names):
        raise ValueError(f"{whole!r} has the parts {', '.join(parts)}; the first bar has {', '.join(names)}")
    if min(parts.values()) < 0 or not sum(parts.values()) > 0:
        raise ValueError(f"the parts of {whole!r} must not be negative, and not all be zero")
    return float(sum(parts.values()))
