"""Show a figure together with words for readers who cannot see it."""

from __future__ import annotations

import base64
import html
import io
import sys
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

DOTS_PER_INCH = 144
_MARGIN = 12  # pixels around what is drawn
_COLORS_OF_A_DRAWING = 256  # lines, text and their soft edges: half the size, and nobody sees the difference
_LARGE = 250_000  # bytes; above, a photograph keeps 256 colors too: a notebook of many would not open any more
_COMPRESSION = 4  # 6, zlib's own choice, takes nearly twice as long and makes a photograph smaller by 2 parts in 100
_DOTS_PER_CSS_PIXEL = 1.5  # drawn finer than shown, so that it stays sharp on a projector and on dense screens


@dataclass(frozen=True)
class Picture:
    """A PNG and its alt text, in the forms that notebook front ends ask for."""

    png: bytes
    alt: str

    @property
    def width(self) -> int:
        """Width at which it is shown, in CSS pixels."""
        pixels = int.from_bytes(self.png[16:20], "big")  # of the header that every PNG starts with
        return round(pixels / _DOTS_PER_CSS_PIXEL)

    @property
    def base64(self) -> str:
        """The PNG in the text form that notebooks store."""
        return base64.b64encode(self.png).decode("ascii")

    @property
    def img(self) -> str:
        """The picture as one HTML `img` element that needs no other file."""
        style = f"width:{self.width}px;max-width:100%;height:auto"
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{self.base64}" style="{style}">'

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self.img, "image/png": self.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt, "width": self.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Figure: {self.alt}"


def picture(figure: Figure, alt: str) -> Picture:
    """Draw `figure` into a `Picture`; an empty `alt` raises ValueError."""
    return encoded(_drawn(figure), alt, photograph=any(axes.images for axes in figure.axes))


def _drawn(figure: Figure) -> Image.Image:
    """The figure, cut to what is drawn and a margin. `savefig` would draw it twice, and pack it for a file."""
    before = figure.canvas, figure.dpi
    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    try:
        canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib's
        box = figure.get_tightbbox(canvas.get_renderer())  # type: ignore[no-untyped-call]  # matplotlib's
        left, low, right, high = np.round(DOTS_PER_INCH * np.asarray(box.extents), 1)
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]  # matplotlib's
    finally:
        figure.set_canvas(before[0])
        figure.set_dpi(before[1])
    height, width, _ = pixels.shape
    if left < 0 or low < 0 or right > width or high > height:
        return _drawn_larger(figure)
    inside = pixels[floor(height - high) : ceil(height - low), floor(left) : ceil(right)]
    page = np.empty((inside.shape[0] + 2 * _MARGIN, inside.shape[1] + 2 * _MARGIN, 3), np.uint8)
    page[:] = pixels[0, 0]  # the figure's color
    page[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = inside
    return Image.fromarray(page)


def _drawn_larger(figure: Figure) -> Image.Image:
    """The same for a figure of which something lies beyond its edges."""
    file = io.BytesIO()
    margin = _MARGIN / DOTS_PER_INCH
    quickly = {"compress_level": 0}  # it is read again at once
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=margin, pil_kwargs=quickly)
    return Image.open(file)


def encoded(drawn: Image.Image, alt: str, *, photograph: bool = False) -> Picture:
    """What was drawn as a `Picture`: a drawing has few colors, a photograph keeps all unless it is large.

    Raises ValueError for empty `alt`.
    """
    words = " ".join(alt.split())
    if not words:
        raise ValueError('alt text is empty: say in a sentence what is to be seen, as in show(fig, alt="Accuracy ...")')
    drawing, file = drawn.convert("RGB"), io.BytesIO()
    if not photograph:
        # Most colors are off by 1 of 255, few by more than 15; a more exact method takes ten times as long.
        drawing = drawing.quantize(_COLORS_OF_A_DRAWING, method=Image.Quantize.FASTOCTREE)
    drawing.save(file, format="png", compress_level=_COMPRESSION)
    if photograph and file.tell() > _LARGE:
        file = io.BytesIO()
        few = drawing.quantize(_COLORS_OF_A_DRAWING, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(file, format="png", compress_level=_COMPRESSION)
    return Picture(file.getvalue(), words)


def show(figure: Figure, *, alt: str) -> None:
    """Display `figure` with its alt text in the cell's output, and close it; an empty `alt` raises ValueError."""
    from IPython.display import display

    shown = picture(figure, alt)
    if "matplotlib.pyplot" in sys.modules:  # otherwise the inline backend shows a pyplot figure a second time
        sys.modules["matplotlib.pyplot"].close(figure)
    display(shown)
