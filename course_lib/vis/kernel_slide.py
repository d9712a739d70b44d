"""A kernel that slides over its input, position by position, with the products written out."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from course_lib.vis.number_squares import draw_cells, number, two_axes
from course_lib.vis.player import CONTROLS_SCRIPT, FILM_STYLE, PLAYER_SCRIPT
from course_lib.vis.show import Picture, picture
from course_lib.vis.style import CELL, EMPTY, RESULT, TEXT_SIZE, VERMILION, bare_axes, new_figure

_MOST_POSITIONS = 150


@dataclass(frozen=True)
class Position:
    """One place of the kernel: where it lies, what it multiplies, and the sum that it leaves in the output."""

    row: int  # of the output
    column: int
    top: int  # of the window in the padded input
    left: int
    products: str
    total: float


class SlidingKernel:
    """Cross-correlation as a film: in a notebook with controls, elsewhere as a strip of pictures with alt text.

    `x` is the padded input, `w` the kernel as it is laid on it, `y` the output; all `(rows, columns)`.
    """

    def __init__(self, x: ArrayLike, w: ArrayLike, stride: int = 1, padding: int = 0, dilation: int = 1) -> None:
        """Take the film's input of shape `(H, W)`, kernel `(kH, kW)`; vectors `(W,)` slide along one axis only."""
        self.flat = np.ndim(x) == 1
        if self.flat != (np.ndim(w) == 1):
            raise ValueError(f"input and kernel must have the same number of axes, got {np.shape(x)} and {np.shape(w)}")
        for name, value, least in (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
        margin = (0 if self.flat else padding, padding)
        self.padding = margin
        self.x: NDArray[np.float64] = np.pad(two_axes(x), [(margin[0],) * 2, (margin[1],) * 2])
        self.w = two_axes(w)
        self.stride, self.dilation = stride, dilation
        reach = [dilation * (length - 1) + 1 for length in self.w.shape]
        room = [length - span for length, span in zip(self.x.shape, reach, strict=True)]
        if min(room) < 0:
            raise ValueError(f"the kernel reaches over {tuple(reach)} cells, the padded input has only {self.x.shape}")
        self.shape = (room[0] // stride + 1, room[1] // stride + 1)
        count = self.shape[0] * self.shape[1]
        if count > _MOST_POSITIONS:
            raise ValueError(f"{count} positions are too many to watch (at most {_MOST_POSITIONS})")

    @cached_property
    def positions(self) -> list[Position]:
        """Every place of the kernel, row by row."""
        return [self._at(row, column) for row in range(self.shape[0]) for column in range(self.shape[1])]

    @property
    def y(self) -> NDArray[np.float64]:
        """The output, shape `(rows, columns)`."""
        return np.array([position.total for position in self.positions]).reshape(self.shape)

    def _taps(self, top: int, left: int) -> Iterator[tuple[int, int, float]]:
        for (i, j), weight in np.ndenumerate(self.w):
            yield top + i * self.dilation, left + j * self.dilation, float(weight)

    def _at(self, row: int, column: int) -> Position:
        top, left = row * self.stride, column * self.stride
        factors = [(float(self.x[i, j]), weight) for i, j, weight in self._taps(top, left)]
        total = sum(value * weight for value, weight in factors)
        products = " + ".join(f"{_bracketed(value)}·{_bracketed(weight)}" for value, weight in factors)
        return Position(row, column, top, left, products, total)

    @property
    def alt(self) -> str:
        """What the film shows, in words."""
        kernel, source = _size(self.w), _size(self.x)
        extras = [f"stride {self.stride}"] + ([f"dilation {self.dilation}"] if self.dilation > 1 else [])
        rows = "; ".join(" ".join(number(value) for value in row) for row in self.y)
        return (
            f"A {kernel} kernel slides over a {source} input with {', '.join(extras)}. At each of the "
            f"{len(self.positions)} positions the numbers under the kernel are multiplied with it and added up. "
            f"First position: {self.positions[0].products} = {number(self.positions[0].total)}. "
            f"The output has {self.shape[0]} rows of {self.shape[1]}: {rows}."
        )

    def filmstrip(self, frames: int | None = None) -> Figure:
        """Draw a few positions, first and last among them: the input with the window, and the output so far."""
        rows = max(self.x.shape[0], self.shape[0])
        count = min(frames or (4 if rows > 2 else 6), len(self.positions))
        chosen = sorted({round(index) for index in np.linspace(0, len(self.positions) - 1, count)})
        across = 2 if len(chosen) > 2 and rows > 2 else 1
        wide = self.x.shape[1] + self.shape[1] + 2.6
        down = -(-len(chosen) // across)
        width, height = across * (wide + 1) + 0.1, down * (rows + 1.4)
        scale = min(0.42, 11 / width)
        figure = new_figure(width * scale, height * scale)
        axes = bare_axes(figure, width, height)
        for slot, index in enumerate(chosen):
            left, top = slot % across * (wide + 1) + 0.1, slot // across * (rows + 1.4) + 0.9
            self._draw_frame(axes, index, left, top, scale / 0.42)
        return figure

    def _draw_frame(self, axes: Axes, index: int, left: float, top: float, scale: float) -> None:
        here = self.positions[index]
        lit, border = self._window(here), self._border()
        draw_cells(axes, self.x, left, top, highlight=lit, dashed=border, face=CELL, size=11 * scale)
        for i, j, weight in self._taps(here.top, here.left):
            axes.text(left + j + 0.95, top + i + 0.95, number(weight), ha="right", va="bottom", size=7.5 * scale,
                      color=VERMILION, weight="bold")  # fmt: skip
        done = np.full(self.shape, np.nan)
        done.flat[: index + 1] = self.y.flat[: index + 1]
        start = left + self.x.shape[1] + 2
        for row, column in np.ndindex(*self.shape):
            axes.add_patch(Rectangle((start + column, top + row), 1, 1, facecolor=EMPTY, edgecolor="#c0c0c0"))
        arrow = {"arrowstyle": "->", "lw": 1.5}
        axes.annotate("", (start - 0.4, top + 0.5), (start - 1.6, top + 0.5), arrowprops=arrow)
        draw_cells(axes, done, start, top, face=RESULT, size=11 * scale)
        axes.add_patch(Rectangle((start + here.column, top + here.row), 1, 1, fill=False, edgecolor=VERMILION, lw=2.2))
        name = f"position {index + 1} of {len(self.positions)}"
        axes.text(left, top - 0.25, name, size=TEXT_SIZE * scale, va="bottom")

    def _window(self, here: Position) -> NDArray[np.bool_]:
        lit = np.zeros(self.x.shape, dtype=bool)
        for i, j, _ in self._taps(here.top, here.left):
            lit[i, j] = True
        return lit

    def _border(self) -> NDArray[np.bool_]:
        rows, columns = self.padding
        border = np.ones(self.x.shape, dtype=bool)
        border[rows : self.x.shape[0] - rows, columns : self.x.shape[1] - columns] = False
        return border

    @cached_property
    def still(self) -> Picture:
        """The strip of pictures, for places where no script runs."""
        return picture(self.filmstrip(), self.alt)

    def _payload(self) -> str:
        frames = [[p.row, p.column, p.top, p.left, p.products, number(p.total)] for p in self.positions]
        data = {
            "x": [[number(value) for value in row] for row in self.x],
            "w": [[number(value) for value in row] for row in self.w],
            "shape": self.shape, "dilation": self.dilation, "padding": self.padding, "flat": self.flat,
            "frames": frames,
        }  # fmt: skip
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")

    def _repr_html_(self) -> str:
        name = f"slide-{secrets.token_hex(4)}"  # two films in one notebook must not share their controls
        return (
            f"<style>{FILM_STYLE}</style>"
            f'<div class="course-film" data-player="{name}" role="group" aria-label="{html.escape(self._label)}">'
            f"{self.still.img}</div>"
            f"<script>(function () {{{CONTROLS_SCRIPT}{PLAYER_SCRIPT}"
            f"play({json.dumps(name)}, {self._payload()});}})();</script>"
        )

    @property
    def _label(self) -> str:
        return f"Film of a {_size(self.w)} kernel sliding over a {_size(self.x)} input, {len(self.positions)} positions"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self._repr_html_(), "image/png": self.still.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt, "width": self.still.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Film: {self.alt}"


def slide_kernel(x: ArrayLike, w: ArrayLike, stride: int = 1, padding: int = 0, dilation: int = 1) -> SlidingKernel:
    """Film of `w` (kH, kW) sliding over `x` (H, W) without a flip, as convolution layers compute it.

    Vectors are welcome too. Raises ValueError when the kernel does not fit, or when there are too many positions to
    watch. Leave the result as the last line of a cell; `.y` is the output.
    """
    return SlidingKernel(x, w, stride, padding, dilation)


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _size(a: NDArray[np.float64]) -> str:
    return f"{a.shape[0]}×{a.shape[1]}"
