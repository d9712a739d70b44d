"""Several devices that compute one network: what each has, layer by layer, and what they exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course_lib.vis.style import INK, LINE, TEXT_SIZE, TINTS, VERMILION, bare_axes, new_figure

_WIDE, _HIGH, _GAP, _STEP, _MARGIN = 3.3, 1.0, 2.6, 1.45, 2.9  # of a box, between boxes, between rows, for names


def devices(
    names: Sequence[str], rows: Mapping[str, Sequence[str]], exchanged: Mapping[str, str] | None = None
) -> Figure:
    """Draw one column for each device, and in each row what each has; boxes of a row with one content share a color.

    `exchanged` says for some rows what travels between neighbors, written on an arrow. Raises ValueError for no device,
    no row, a row with another number of boxes, and something exchanged in a row that is not there.
    """
    exchanged = exchanged or {}
    strange = [row for row, boxes in rows.items() if len(boxes) != len(names)]
    if not names or not rows or strange:
        raise ValueError(f"each row needs a box for each of {len(names)} devices, at least one: {strange or 'no row'}")
    if unknown := [row for row in exchanged if row not in rows]:
        raise ValueError(f"nothing can be exchanged in {unknown[0]!r}: there is no such row")
    width = _MARGIN + len(names) * _WIDE + (len(names) - 1) * _GAP + 0.2
    height = 0.8 + len(rows) * _STEP
    figure = new_figure(0.6 * width, 0.6 * height)
    axes = bare_axes(figure, width, height)
    lefts = [_MARGIN + place * (_WIDE + _GAP) for place in range(len(names))]
    for left, name in zip(lefts, names, strict=True):
        axes.text(left + _WIDE / 2, 0.35, name, ha="center", va="center", size=TEXT_SIZE, color=INK, weight="bold")
    for number, (row, boxes) in enumerate(rows.items()):
        top = 0.8 + number * _STEP
        middle = top + _HIGH / 2
        axes.text(_MARGIN - 0.3, middle, row, ha="right", va="center", size=TEXT_SIZE, color=INK)
        contents = list(dict.fromkeys(boxes))
        for left, box in zip(lefts, boxes, strict=True):
            color = TINTS[(contents.index(box) + (len(contents) > 1)) % len(TINTS)]
            shape = "round,pad=0,rounding_size=0.12"
            axes.add_patch(FancyBboxPatch((left, top), _WIDE, _HIGH, shape, facecolor=color, edgecolor=LINE))
            axes.text(left + _WIDE / 2, middle, box, ha="center", va="center", size=TEXT_SIZE, color=INK)
        for left in lefts[1:] if row in exchanged else []:
            ends = (left - _GAP, middle), (left, middle)
            axes.add_patch(FancyArrowPatch(*ends, arrowstyle="<->", color=VERMILION, mutation_scale=14, linewidth=1.6))
            axes.text(left - _GAP / 2, middle - 0.1, exchanged[row], ha="center", va="bottom", size=TEXT_SIZE - 1,
                      color=VERMILION)  # fmt: skip
    return figure
