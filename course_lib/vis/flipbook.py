"""Pictures one after the other, with controls: for what moves."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from course_lib.vis.player import CONTROLS_SCRIPT, FILM_STYLE, FLIP_SCRIPT
from course_lib.vis.show import Picture, picture


class Flipbook:
    """Pictures as a film: in a notebook with controls and a caption below, elsewhere the last of them with alt text."""

    def __init__(self, frames: Mapping[str, Picture]) -> None:
        """Take the pictures, all of one size and with one alt text, in their order, by caption."""
        if len(frames) < 2:
            raise ValueError(f"a film needs at least two pictures, got {len(frames)}")
        self.frames = dict(frames)

    @property
    def still(self) -> Picture:
        """The last picture, for places where no script runs."""
        return list(self.frames.values())[-1]

    @property
    def alt(self) -> str:
        """What happens in the film, in words."""
        return self.still.alt

    def _repr_html_(self) -> str:
        name = f"flip-{secrets.token_hex(4)}"  # two films in one notebook must not share their controls
        pages = json.dumps([[page.base64, caption] for caption, page in self.frames.items()], ensure_ascii=False)
        label = f"Film of {len(self.frames)} pictures"
        return (
            f"<style>{FILM_STYLE}</style>"
            f'<div class="course-film" data-player="{name}" role="group" aria-label="{html.escape(label)}">'
            f"{self.still.img}</div>"
            f"<script>(function () {{{CONTROLS_SCRIPT}{FLIP_SCRIPT}"
            f"flip({json.dumps(name)}, {pages.replace('</', '<' + chr(92) + '/')});}})();</script>"
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self._repr_html_(), "image/png": self.still.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt, "width": self.still.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Film: {self.alt}"


def flipbook(frames: Mapping[str, Figure], *, alt: str) -> Flipbook:
    """Film of figures by caption, as in `{"step 0": ..., "step 1": ...}`; leave it as the last line of a cell.

    Raises ValueError for fewer than two figures, and for an empty `alt`.
    """
    return Flipbook({caption: picture(figure, alt) for caption, figure in frames.items()})
