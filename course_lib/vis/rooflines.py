"""The roofline: how fast a machine can be for each intensity, and how fast layers were under it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from course_lib.vis.style import BLUE, INK, LINE, OKABE_ITO, PAPER, TEXT_SIZE, VERMILION, new_figure, plain_frame

_MARKERS = "osD^vPX"


def roofline(
    peak: float,
    bandwidth: float,
    groups: Mapping[str, Mapping[str, tuple[float, float]]],
    *,
    size: tuple[float, float] = (6.8, 4.4),
) -> Figure:
    """Draw the roof of a machine, and named points `(intensity, rate)` below it, in groups that differ by marker.

    `peak` in FLOP/s, `bandwidth` in bytes/s, intensities in FLOP/byte, rates in FLOP/s; all are positive, both axes
    logarithmic. Williams, Waterman and Patterson (2009). Raises ValueError for no point and what is not positive.
    """
    points = np.array([point for named in groups.values() for point in named.values()], dtype=float).reshape(-1, 2)
    if not len(points):
        raise ValueError("there is no point to draw")
    if not (peak > 0 and bandwidth > 0 and (points > 0).all()):
        raise ValueError("a logarithmic axis has no place for what is not positive")
    ridge = peak / bandwidth
    left, right = min(points[:, 0].min(), ridge) / 2, max(points[:, 0].max(), ridge) * 2.5
    figure = new_figure(*size)
    axes = figure.add_subplot()
    axes.plot([left, ridge], [left * bandwidth, peak], color=BLUE, linewidth=2.4, label=f"{bandwidth / 1e9:,.0f} GB/s")
    axes.plot([ridge, right], [peak, peak], color=VERMILION, linewidth=2.4, label=f"{peak / 1e9:,.0f} GFLOP/s")
    axes.axvline(ridge, color=LINE, linestyle=":", linewidth=1.2)
    for place, (name, named) in enumerate((name, named) for name, named in groups.items() if named):
        x, y = np.array(list(named.values())).T
        color = OKABE_ITO[(place + 2) % len(OKABE_ITO)]
        axes.plot(x, y, _MARKERS[place % len(_MARKERS)], color=color, markersize=8, markeredgecolor=INK,
                  markeredgewidth=0.6, label=name)  # fmt: skip
        for label, point in _labels(named).items():
            far = point[0] * 6 > right  # no place for words on its right
            axes.annotate(label, point, textcoords="offset points", xytext=(-4, -22) if far else (8, -4),
                          ha="right" if far else "left", size=TEXT_SIZE - 1, color=INK,
                          bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.8})  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(left, right), ylim=(None, max(peak, points[:, 1].max()) * 1.9))
    axes.set_xlabel("intensity: FLOP for each byte", size=TEXT_SIZE)
    axes.set_ylabel("FLOP/s", size=TEXT_SIZE)
    axes.legend(frameon=False, fontsize=TEXT_SIZE, loc="lower right")
    plain_frame(axes)
    return figure


def _labels(named: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """One label for all points that hang together by steps of a fifth of a decade, at the rightmost of them."""
    clusters: list[list[str]] = []
    for name, point in named.items():
        near = [c for c in clusters if any(np.abs(np.log10(point) - np.log10(named[o])).max() < 0.2 for o in c)]
        clusters = [c for c in clusters if c not in near] + [[*(o for c in near for o in c), name]]
    return {", ".join(names): max(named[name] for name in names) for names in clusters}
