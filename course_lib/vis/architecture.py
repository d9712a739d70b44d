"""A net to scale: a box for each layer, branches one above the other, what repeats drawn once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from course_lib.vis.show import Picture, picture
from course_lib.vis.style import BLUE, GREEN, INK, LINE, ORANGE, PAPER, PURPLE, SKY, VERMILION

COLORS = {
    "convolution": BLUE, "depthwise": SKY, "dense": VERMILION, "pooling": GREEN, "norm": PURPLE, "other": ORANGE,
    "picture": LINE,
}  # fmt: skip
_WIDE, _NARROW = 7.7, 3.5  # inches: a notebook and a phone, at 96 CSS pixels per inch
_TEXT = 8.5
_GAP, _LABEL = 0.17, 0.3  # inches between two boxes; for the two lines of text below one
_JOIN = 0.1  # radius of the circle in which branches meet


@dataclass(frozen=True)
class Layer:
    """One box. Two layers that look the same are equal, whatever their names."""

    kind: str
    does: str
    channels: int
    size: tuple[int, ...] = ()  # rows and columns of a map; () for a vector
    groups: int = 1

    @property
    def shape(self) -> str:
        """Its output, channels first."""
        return " × ".join(map(str, (self.channels, *self.size)))


@dataclass(frozen=True)
class Fork:
    """Branches that start from one tensor and meet again; one without a layer is an identity."""

    branches: tuple[tuple[Item, ...], ...]
    join: str  # "add", "cat" or what else brings them together
    output: Layer


@dataclass(frozen=True)
class Repeat:
    """Items that follow each other several times, each time the same."""

    items: tuple[Item, ...]
    times: int


Item = Layer | Fork | Repeat


def folded(items: Sequence[Item]) -> tuple[Item, ...]:
    """The same net with its repetitions drawn once: two equal blocks are enough, or four equal layers."""
    found: list[Item] = []
    place = 0
    while place < len(items):
        length, times = _repetition(items, place)
        if times > 1:
            found.append(Repeat(tuple(items[place : place + length]), times))
        else:
            found.append(items[place])
        place += length * times
    return tuple(found)


def _repetition(items: Sequence[Item], place: int) -> tuple[int, int]:
    for length in range(1, 7):
        once, times = items[place : place + length], 1
        while items[place + times * length : place + (times + 1) * length] == once:
            times += 1
        if times >= (2 if length > 1 or isinstance(once[0], Fork) else 4) and len(once) == length:
            return length, times
    return 1, 1


def in_words(items: Sequence[Item]) -> str:
    """The picture read aloud, from the input to the output."""
    return "; ".join(_said(item) for item in items)


def _said(item: Item) -> str:
    if isinstance(item, Repeat):
        return f"{item.times} times ({in_words(item.items)})"
    if isinstance(item, Fork):
        ways = " | ".join(in_words(branch) or "identity" for branch in item.branches)
        return f"{len(item.branches)} branches [{ways}]" + (
            f" meet by {item.join}, {item.output.shape}" * bool(item.join)
        )
    in_groups = f" in {item.groups} groups" if item.groups > 1 else ""
    return f"{item.does}{in_groups}, {item.shape}"


@dataclass(frozen=True)
class Architecture:
    """A drawing for wide and one for narrow screens, under one alt text; the page chooses."""

    items: tuple[Item, ...]
    wide: Picture
    narrow: Picture

    @property
    def alt(self) -> str:
        """What is drawn, in words."""
        return self.wide.alt

    def _repr_html_(self) -> str:
        source = f'<source media="(max-width: 600px)" srcset="data:image/png;base64,{self.narrow.base64}">'
        return f"<picture>{source}{self.wide.img}</picture>"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/html": self._repr_html_(), "image/png": self.wide.base64, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt, "width": self.wide.width}}

    def __repr__(self) -> str:
        """Read the alt text: all that a plain terminal can show."""
        return f"Figure: {self.alt}"


def architecture(items: Sequence[Item], *, alt: str) -> Architecture:
    """Draw a net; leave it as the last line of a cell.

    A box is as high as the square root of its map's rows and as wide as the square root of its channels: 4 times as
    many look twice as large. A layer in groups (at most 4 are drawn) has its boxes one above the other.
    """
    once = folded(items)
    return Architecture(
        once, picture(architecture_figure(once, _WIDE), alt), picture(architecture_figure(once, _NARROW), alt)
    )


def architecture_figure(items: Sequence[Item], width: float) -> Figure:
    """The drawing, about `width` inches wide: rows are filled from the left, as text is."""
    scale = _Scale.of(items)
    plans = [_plan(item, scale) for item in items]
    width = max(width, *(plan.width for plan in plans))  # the page makes a block that is wider than a phone smaller
    rows: list[list[_Plan]] = [[]]
    for plan in plans:
        if rows[-1] and sum(p.width + _GAP for p in rows[-1]) + plan.width > width:
            rows.append([])
        rows[-1].append(plan)
    seen = {kind: None for plan in plans for kind in plan.kinds()}
    legend = _legend_rows([kind for kind in COLORS if kind in seen], width)
    height = sum(max(p.up for p in row) + max(p.down for p in row) + 0.14 for row in rows) + 0.22 * len(legend) + 0.22
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    top = 0.0
    for number, row in enumerate(rows):
        middle, x = top + max(p.up for p in row), 0.0
        for place, plan in enumerate(row):
            if place or number:
                start = x - _GAP if place else 0.0
                _connection(axes, start, middle, x + plan.inset if place else plan.inset, middle)
            plan.draw(axes, x, middle)
            x += plan.width + _GAP
        top = middle + max(p.down for p in row) + 0.14
    for line in legend:
        for x, kind in line:
            axes.add_patch(Rectangle((x, top + 0.05), 0.12, 0.12, color=COLORS[kind]))
            axes.text(x + 0.17, top + 0.11, kind, fontsize=_TEXT, va="center", color=INK)
        top += 0.22
    note = "height: square root of the rows; width: of the channels"
    axes.text(0, top + 0.11, note, fontsize=_TEXT - 0.5, va="center", color=INK)
    return figure


def _legend_rows(kinds: Sequence[str], width: float) -> list[list[tuple[float, str]]]:
    lines: list[list[tuple[float, str]]] = [[]]
    x = 0.0
    for kind in kinds:
        needs = 0.35 + 0.075 * len(kind)
        if x + needs > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, kind))
        x += needs
    return lines


def _connection(axes: Axes, x: float, y: float, to_x: float, to_y: float) -> None:
    axes.plot([x, to_x], [y, to_y], color=LINE, linewidth=1.1, zorder=1, solid_capstyle="butt")


@dataclass(frozen=True)
class _Scale:
    """Inches for the root of one row and of one channel, the same in the whole drawing."""

    row: float
    channel: float

    @classmethod
    def of(cls, items: Sequence[Item]) -> _Scale:
        layers = list(_layers(items))
        rows = max(layer.size[0] if layer.size else 1 for layer in layers)
        return cls(min(1.12 / sqrt(rows), 0.16), min(1.0 / sqrt(max(layer.channels for layer in layers)), 0.035))


def _layers(items: Sequence[Item]) -> Iterator[Layer]:
    for item in items:
        if isinstance(item, Layer):
            yield item
        else:
            for part in item.branches if isinstance(item, Fork) else (item.items,):
                yield from _layers(part)


class _Plan:
    """What a part of the net takes of the page: `up` above and `down` below the line on which tensors travel."""

    width = up = down = inset = 0.0

    def kinds(self) -> list[str]:
        raise NotImplementedError

    def draw(self, axes: Axes, x: float, y: float) -> None:
        raise NotImplementedError


class _Box(_Plan):
    def __init__(self, layer: Layer, scale: _Scale) -> None:
        self.layer = layer
        rows = layer.size[0] if layer.size else 1
        self.high = max(scale.row * sqrt(rows), 0.1)
        self.wide = max(scale.channel * sqrt(layer.channels), 0.04)
        self.texts = (layer.does, layer.shape.replace(" ", "") if layer.size else str(layer.channels))
        self.width = max(self.wide, *(0.067 * len(text) + 0.04 for text in self.texts))
        self.parts = min(layer.groups, 4) if layer.kind == "convolution" else 1
        self.whole = self.high * self.parts + 0.05 * (self.parts - 1)
        self.up, self.down = self.whole / 2 + 0.03, self.whole / 2 + _LABEL
        self.inset = (self.width - self.wide) / 2

    def kinds(self) -> list[str]:
        return [self.layer.kind]

    def draw(self, axes: Axes, x: float, y: float) -> None:
        _connection(axes, x, y, x + self.width, y)
        left, top = x + self.inset, y - self.whole / 2
        for part in range(self.parts):
            corner = (left, top + part * (self.high + 0.05))
            color = COLORS[self.layer.kind]
            axes.add_patch(Rectangle(corner, self.wide, self.high, facecolor=color, edgecolor=INK, lw=0.6, zorder=2))
        for line, text in enumerate(self.texts):
            below = y + self.whole / 2 + 0.02 + 0.13 * line
            axes.text(x + self.width / 2, below, text, fontsize=_TEXT, ha="center", va="top", color=INK)


class _Row(_Plan):
    def __init__(self, plans: Sequence[_Plan]) -> None:
        self.plans = plans
        self.width = sum(p.width for p in plans) + _GAP * max(len(plans) - 1, 0)
        self.up, self.down = max((p.up for p in plans), default=0.06), max((p.down for p in plans), default=0.06)

    def kinds(self) -> list[str]:
        return [kind for plan in self.plans for kind in plan.kinds()]

    def draw(self, axes: Axes, x: float, y: float) -> None:
        for plan in self.plans:
            plan.draw(axes, x, y)
            _connection(axes, x + plan.width, y, x + plan.width + _GAP, y)
            x += plan.width + _GAP


class _Branches(_Plan):
    def __init__(self, fork: Fork, scale: _Scale) -> None:
        self.fork = fork
        self.rows = [_Row([_plan(item, scale) for item in folded(branch)]) for branch in fork.branches]
        self.inner = max(row.width for row in self.rows)
        self.text = f"{fork.join}, {fork.output.shape}".replace(" × ", "×")
        self.width = max(self.inner + 2 * _GAP + 3 * _JOIN, 0.067 * len(self.text))
        tall = sum(row.up + row.down for row in self.rows)
        self.up, self.down = tall / 2 + 0.05, tall / 2 + 0.2

    def kinds(self) -> list[str]:
        return [kind for row in self.rows for kind in row.kinds()]

    def draw(self, axes: Axes, x: float, y: float) -> None:
        end = x + self.width - 1.5 * _JOIN
        middle = y - self.up + 0.05
        for row in self.rows:
            middle += row.up
            _connection(axes, x, y, x, middle)
            _connection(axes, x, middle, x + _GAP, middle)
            row.draw(axes, x + _GAP, middle)
            _connection(axes, x + _GAP + row.width, middle, end, middle)
            _connection(axes, end, middle, end, y)
            middle += row.down
        _connection(axes, end, y, x + self.width, y)
        if not self.fork.join:
            return
        axes.add_patch(Circle((end, y), _JOIN, facecolor=PAPER, edgecolor=INK, lw=0.9, zorder=3))
        sign = "+" if self.fork.join.startswith("add") else "c" if self.fork.join.startswith("cat") else "·"
        axes.text(end, y, sign, fontsize=_TEXT, ha="center", va="center", color=INK, zorder=4)
        axes.text(x + self.width, y + self.down - 0.02, self.text, fontsize=_TEXT, ha="right", va="bottom", color=INK)


class _Times(_Plan):
    def __init__(self, repeat: Repeat, scale: _Scale) -> None:
        self.row, self.times = _Row([_plan(item, scale) for item in repeat.items]), repeat.times
        self.width = self.row.width + 0.16
        self.up, self.down = self.row.up + 0.24, self.row.down + 0.04

    def kinds(self) -> list[str]:
        return self.row.kinds()

    def draw(self, axes: Axes, x: float, y: float) -> None:
        size = (self.width, self.up + self.down - 0.04)
        frame = Rectangle((x, y - self.up + 0.02), *size, fill=False, edgecolor=LINE, lw=1, ls=(0, (4, 3)))
        axes.add_patch(frame)
        axes.text(x + 0.06, y - self.up + 0.04, f"× {self.times}", fontsize=10, weight="bold", va="top", color=INK)
        _connection(axes, x, y, x + 0.08, y)
        self.row.draw(axes, x + 0.08, y)


def _plan(item: Item, scale: _Scale) -> _Plan:
    if isinstance(item, Fork):
        return _Branches(item, scale)
    return _Times(item, scale) if isinstance(item, Repeat) else _Box(item, scale)
