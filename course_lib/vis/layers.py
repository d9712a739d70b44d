"""A network as a row of blocks: the chart that papers print, and below it all that the network computes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_lib.vis.style import BLUE, CELL, INK, LINE, TEXT_SIZE, VERMILION, WINDOW, bare_axes, new_figure

_WIDE, _HIGH, _GAP = 1.0, 1.5, 0.28


def layer_chart(layers: Sequence[str], left_out: Collection[int]) -> Figure:
    """Draw `layers` twice: above without those whose places are in `left_out`, below all, those dashed."""
    strange = sorted(place for place in left_out if not 0 <= place < len(layers))
    if not layers or strange:
        raise ValueError(f"left_out must hold places in 0..{len(layers) - 1}, got {strange}")
    step = _WIDE + _GAP
    width, height = len(layers) * step + _GAP, 2 * _HIGH + 2.6
    figure = new_figure(width * 0.52, height * 0.52)
    axes = bare_axes(figure, width, height)
    tops = {"as drawn": 0.7, "as computed": _HIGH + 2.1}
    for title, top in tops.items():
        axes.text(_GAP, top - 0.25, title, ha="left", va="bottom", size=TEXT_SIZE, color=INK, weight="bold")
    drawn = 0
    for place, name in enumerate(layers):
        left, hidden = _GAP + place * step, place in left_out
        _block(axes, name, left, tops["as computed"], hidden)
        if not hidden:
            above = tops["as drawn"]
            _block(axes, name, left, above, hidden)
            axes.plot([left + _WIDE / 2] * 2, [above + _HIGH, tops["as computed"]], color=LINE, linewidth=0.9,
                      linestyle=":", zorder=0)  # fmt: skip
            drawn += 1
    axes.text(width - _GAP, tops["as drawn"] - 0.25, f"{drawn} of {len(layers)} layers", ha="right", va="bottom",
              size=TEXT_SIZE, color=VERMILION)  # fmt: skip
    return figure


def _block(axes: Axes, name: str, left: float, top: float, hidden: bool) -> None:
    face, edge, line = (WINDOW, VERMILION, "--") if hidden else (CELL, BLUE, "-")
    shape = "round,pad=0,rounding_size=0.12"
    axes.add_patch(
        FancyBboxPatch((left, top), _WIDE, _HIGH, shape, facecolor=face, edgecolor=edge, linestyle=line, linewidth=1.3)
    )
    axes.text(left + _WIDE / 2, top + _HIGH / 2, name, ha="center", va="center", size=TEXT_SIZE, color=INK,
              rotation=90)  # fmt: skip
