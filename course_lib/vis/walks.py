"""Pictures on their way through a net, layer by layer: one is chosen, the steps follow; no kernel is needed."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from course_lib.vis.player import CONTROLS_SCRIPT, FILM_STYLE, WALK_SCRIPT
from course_lib.vis.show import Picture, encoded
from course_lib.vis.style import LINE, PAPER, VERMILION

MOST_MAPS = 64
"""More are too small to be seen; of more, the first are shown."""

_PANEL, _BETWEEN, _GAP = 330, 60, 4  # pixels: for all maps of one tensor; for the arrow; from map to map

Maps = npt.NDArray[np.float64]
Mark = tuple[Sequence[int], int, int, int, int]
"""Maps, and top, left, height and width of a part of them."""


@dataclass(frozen=True)
class Step:
    """One layer at work: its maps, and in words and tables how one of their numbers came about."""

    picture: Picture
    heading: str
    lines: tuple[str, ...]
    tables: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()


class Walk:
    """A choice of pictures, and for each the same steps; elsewhere the last step of the first one, with alt text."""

    def __init__(self, walks: Mapping[str, Sequence[Step]]) -> None:
        """Take the steps by the names of the pictures; ValueError if there are none, or not equally many."""
        self.walks = {name: tuple(steps) for name, steps in walks.items()}
        if len({len(steps) for steps in self.walks.values()}) != 1 or not all(self.walks.values()):
            raise ValueError("a walk needs at least one picture, and the same layers for each")

    @property
    def still(self) -> Picture:
        """The last step of the first picture, for places where no script runs."""
        return next(iter(self.walks.values()))[-1].picture

    def _repr_html_(self) -> str:
        name = f"walk-{secrets.token_hex(4)}"  # two walks in one notebook must not share their controls
        pages = [
            [
                picture,
                [[s.picture.base64, s.picture.alt, s.picture.width, s.heading, s.lines, s.tables] for s in steps],
            ]
            for picture, steps in self.walks.items()
        ]
        data = json.dumps(pages, ensure_ascii=False).replace("</", "<\\/")
        label = html.escape(f"Walk of {len(self.walks)} pictures through a net")
        return (
            f"<style>{FILM_STYLE}</style>"
            f'<div class="course-film" data-player="{name}" role="group" aria-label="{label}">{self.still.img}</div>'
            f"<script>(function () {{{CONTROLS_SCRIPT}{WALK_SCRIPT}walk({json.dumps(name)}, {data});}})();</script>"
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self._repr_html_(), "image/png": self.still.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.still.alt, "width": self.still.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Walk through a net: {self.still.alt}"


def maps_picture(before: Maps | None, after: Maps, alt: str, seen: Mark | None, made: Mark | None) -> Picture:
    """Maps (C, H, W) before and after a layer, dark to light from the smallest to the largest number of a side.

    `seen` and `made` are framed: what the layer looked at, and the number that it made of it.
    """
    sides = [(before, seen)] if before is not None else []
    panels = [_panel(maps, mark) for maps, mark in [*sides, (after, made)]]
    width = sum(panel.width for panel in panels) + _BETWEEN * (len(panels) - 1)
    page = Image.new("RGB", (width, max(panel.height for panel in panels)), PAPER)
    left = 0
    for panel in panels:
        page.paste(panel, (left, (page.height - panel.height) // 2))
        left += panel.width + _BETWEEN
    if len(panels) > 1:
        middle, start = page.height // 2, panels[0].width + 14
        tip = start + _BETWEEN - 28
        pen = ImageDraw.Draw(page)
        pen.line((start, middle, tip, middle), fill=LINE, width=4)
        pen.polygon([(tip - 10, middle - 9), (tip + 3, middle), (tip - 10, middle + 9)], fill=LINE)
    return encoded(page, alt)


def _panel(maps: Maps, mark: Mark | None) -> Image.Image:
    maps = maps[:MOST_MAPS] if maps[0].size > 1 else maps
    count, rows, columns = maps.shape
    across = ceil(sqrt(count))
    down = ceil(count / across)
    dot = max((_PANEL // across - _GAP) // max(rows, columns), 1)
    high, wide = rows * dot + _GAP, columns * dot + _GAP
    low, high_value = float(maps.min()), float(maps.max())
    gray = (maps - low) / (high_value - low or 1) * 255
    panel = Image.new("RGB", (across * wide + _GAP, down * high + _GAP), "#dce6f0")
    pen = ImageDraw.Draw(panel)
    for number, one in enumerate(gray.round().astype(np.uint8)):
        left, top = _GAP + number % across * wide, _GAP + number // across * high
        panel.paste(Image.fromarray(np.kron(one, np.ones((dot, dot), np.uint8))), (left, top))
        if mark and number in mark[0]:
            _, y, x, tall, broad = mark
            box = [left + max(x, 0) * dot, top + max(y, 0) * dot]
            box += [left + min(x + broad, columns) * dot - 1, top + min(y + tall, rows) * dot - 1]
            pen.rectangle([box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2], outline=VERMILION, width=3)
    return panel
