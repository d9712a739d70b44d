"""How many students have how many points, as bars in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from grader.exchange.export import number

BINS = 6
BAR = 30


def histogram_of(totals: Sequence[float], most: float) -> Text:
    """A bar per range of totals, up to the most that can be earned."""
    if not totals:
        return Text("Nobody has a grade yet.")
    edges = _bin_edges(most)
    counts = [0] * (len(edges) - 1)
    for total in totals:
        counts[min(_bin_of(total, edges), len(counts) - 1)] += 1
    last = edges[-1]
    width = len(number(last))
    lines = [f"Totals of {len(totals)} students (mean {number(sum(totals) / len(totals))}, of {number(most)}):"]
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        until = number(high) if high == last else f"<{number(high)}"
        bar = "█" * math.ceil(BAR * count / max(counts))
        lines.append(f"  {number(low):>{width}} to {until:<{width + 1}} {bar}{' ' if bar else ''}{count}")
    return Text("\n".join(lines))


def _bin_edges(most: float) -> list[float]:
    """Edges of the histogram: whole steps from 0 up to the most that can be earned."""
    step = max(1, math.ceil(most / BINS))
    edges = [float(edge) for edge in range(0, math.ceil(most), step)]
    return [*edges, float(most)]


def _bin_of(total: float, edges: list[float]) -> int:
    return max(0, sum(total >= edge for edge in edges) - 1)
