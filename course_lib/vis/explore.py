"""Sliders above a picture that live without a kernel: every picture is drawn beforehand, a small script chooses."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from matplotlib.figure import Figure

from course_lib.vis.player import FILM_STYLE, SLIDERS_SCRIPT
from course_lib.vis.show import Picture, picture

MOST_PICTURES = 120
"""About 1 MB and five seconds of drawing."""


class Explorer:
    """Pictures by the values of some sliders; elsewhere the one for the starting values, with alt text."""

    def __init__(self, ranges: Mapping[str, range], start: Mapping[str, int], pages: list[Picture | str]) -> None:
        """Take a picture, or the reason why there is none, for each setting: the last slider moves fastest."""
        self.ranges, self.start, self.pages = dict(ranges), dict(start), pages
        place = 0
        for name, values in self.ranges.items():
            place = place * len(values) + values.index(self.start[name])
        still = pages[place]
        if isinstance(still, str):
            raise ValueError(f"there is no picture for the starting values: {still}")
        self.still = still

    def _repr_html_(self) -> str:
        name = f"sliders-{secrets.token_hex(4)}"  # two explorers in one notebook must not share their sliders
        axes = [[label, values[0], values[-1], self.start[label]] for label, values in self.ranges.items()]
        pages = [["", page] if isinstance(page, str) else [page.base64, page.alt, page.width] for page in self.pages]
        data = json.dumps([axes, pages], ensure_ascii=False).replace("</", "<\\/")
        label = html.escape(f"Picture with sliders for {', '.join(self.ranges)}")
        return (
            f"<style>{FILM_STYLE}</style>"
            f'<div class="course-film" data-player="{name}" role="group" aria-label="{label}">{self.still.img}</div>'
            f"<script>(function () {{{SLIDERS_SCRIPT}sliders({json.dumps(name)}, ...{data});}})();</script>"
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self._repr_html_(), "image/png": self.still.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.still.alt, "width": self.still.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Figure with sliders: {self.still.alt}"


def explore(draw: Callable[..., Figure], alt: Callable[..., str], **sliders: tuple[int, int, int]) -> Explorer:
    """Draw `draw(**values)` for all values of the sliders `name=(lowest, start, highest)`; leave it as the last line.

    `alt(**values)` gives the words for each picture. A ValueError of `draw` is shown in place of the picture. Raises
    ValueError for more than 120 pictures, and for a start outside its range.
    """
    for name, (low, start, high) in sliders.items():
        if not low <= start <= high:
            raise ValueError(f"slider {name!r}: {start} does not lie between {low} and {high}")
    ranges = {name: range(low, high + 1) for name, (low, _, high) in sliders.items()}
    settings = [dict(zip(ranges, values, strict=True)) for values in product(*ranges.values())]
    if len(settings) > MOST_PICTURES:
        raise ValueError(f"these sliders have {len(settings)} settings, {MOST_PICTURES} is the most: narrow them")
    first = {name: start for name, (_, start, _) in sliders.items()}
    return Explorer(ranges, first, [_page(draw, alt, values) for values in settings])


def _page(draw: Callable[..., Figure], alt: Callable[..., str], values: dict[str, int]) -> Picture | str:
    try:
        return picture(draw(**values), alt(**values))
    except ValueError as problem:
        return str(problem)
