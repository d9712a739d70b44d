"""How many students have how many points, as bars in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from grader.exchange.export import number

BINS = 6
BAR = 30


def histogram_of(totals: Sequence[float], most: float) -> Text:
    """A bar per range of totals, up to the most that can be earned."""
    if not totals:
        return Text("Nobody has a grade yet.")
    counted = bins(totals, most)
    last, highest = counted[-1].high, max(one.count for one in counted)
    width = len(number(last))
    lines = [f"Totals of {len(totals)} students (mean {number(sum(totals) / len(totals))}, of {number(most)}):"]
    for one in counted:
        until = number(one.high) if one.high == last else f"<{number(one.high)}"
        bar = "█" * math.ceil(BAR * one.count / highest)
        lines.append(f"  {number(one.low):>{width}} to {until:<{width + 1}} {bar}{' ' if bar else ''}{one.count}")
    return Text("\n".join(lines))


@dataclass(frozen=True)
class Bin:
    """How many totals lie from `low` up to, but not including, `high`; the last one includes it and what is beyond."""

    low: float
    high: float
    count: int


def bins(totals: Sequence[float], most: float) -> list[Bin]:
    """The totals in ranges of whole points, up to the most that can be earned."""
    edges = _bin_edges(most)
    counts = [0] * (len(edges) - 1)
    for total in totals:
        counts[min(_bin_of(total, edges), len(counts) - 1)] += 1
    return [Bin(low, high, count) for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)]


def _bin_edges(most: float) -> list[float]:
    """Edges of the histogram: whole steps from 0 up to the most that can be earned."""
    step = max(1, math.ceil(most / BINS))
    edges = [float(edge) for edge in range(0, max(1, math.ceil(most)), step)]
    return [*edges, float(most)]


def _bin_of(total: float, edges: list[float]) -> int:
    return max(0, sum(total >= edge for edge in edges) - 1)
