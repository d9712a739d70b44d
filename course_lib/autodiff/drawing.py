"""A computation graph as a picture: values going forward, error signals coming back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from course_lib.autodiff.node import Array, Node, topological_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, VERMILION = "#0072B2", "#D55E00"  # of the Okabe-Ito colors, which everybody can tell apart
ACROSS, DOWN = 1.5, 1.0  # inches from one node to the next
HALF_WIDTH, HALF_HEIGHT = 0.33, 0.36  # of a node, in steps from one node to the next
MOST = 60  # nodes; a larger picture cannot be read

Place = tuple[int, int]  # a node's number in the order and its layer; a node may be passed in later layers too


def draw(output: Node) -> Figure:
    """The graph of `output` from left to right: in each node its name and value, and below it its error signal.

    Values are blue, error signals (after `backward`) are vermilion and stand behind ∂. Arrays
    are shown by their shape. Raises ValueError for a graph of more than 60 nodes.
    """
    from matplotlib.figure import Figure  # only here: the engine itself starts fast

    order = topological_order(output)
    if len(order) > MOST:
        raise ValueError(f"draw: the graph has {len(order)} nodes; a picture of more than {MOST} cannot be read")
    columns = _columns(order)
    height = max(len(column) for column in columns)
    figure = Figure(figsize=(ACROSS * len(columns), DOWN * height + 0.3), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, height - 0.5))
    axes.invert_yaxis()
    axes.set_axis_off()
    at = {
        place: (float(layer), row + (height - len(column)) / 2)
        for layer, column in enumerate(columns)
        for row, place in enumerate(column)
    }
    for number, node in enumerate(order):
        own_layer = _own_layer(number, at)
        _draw_node(axes, node, at[number, own_layer])
        for parent in node.parents:
            source = next(i for i, other in enumerate(order) if other is parent)
            route = [at[source, layer] for layer in range(_own_layer(source, at), own_layer)]
            _draw_edge(axes, [*route, at[number, own_layer]])
    return figure


def describe(output: Node) -> str:
    """The same in words, one sentence for each node in order of computation: for alt texts."""
    order = topological_order(output)
    names = {id(node): node.name or f"node {number}" for number, node in enumerate(order, 1)}
    sentences = []
    for node in order:
        origin = f" = {node.operation} of {', '.join(names[id(p)] for p in node.parents)}" if node.parents else ""
        error = "" if node.grad is None else f", error signal {_value_text(node.grad)}"
        sentences.append(f"{names[id(node)]}{origin}: value {_value_text(node.value)}{error}.")
    return " ".join(sentences)


def _columns(order: list[Node]) -> list[list[Place]]:
    """The layers of the picture from left to right, each a column of places from top to bottom.

    A node stands one layer after its last parent. Where an edge passes a layer, it has a place there of its own.
    """
    numbers = {id(node): number for number, node in enumerate(order)}
    layers: list[int] = []
    for node in order:
        layers.append(1 + max((layers[numbers[id(parent)]] for parent in node.parents), default=-1))
    for number, node in reversed(list(enumerate(order))):  # a leaf stands right before its first use
        if not node.parents:
            uses = [layers[i] for i, child in enumerate(order) if any(p is node for p in child.parents)]
            layers[number] = min(uses, default=1) - 1
    last = dict(enumerate(layers))
    for number, node in enumerate(order):
        for parent in node.parents:
            last[numbers[id(parent)]] = max(last[numbers[id(parent)]], layers[number] - 1)
    columns: list[list[Place]] = [[] for _ in range(max(layers) + 1)]
    for number, layer in enumerate(layers):
        for passed in range(layer, last[number] + 1):
            columns[passed].append((number, passed))
    for before, column in pairwise(columns):
        rows = {number: row for row, (number, _) in enumerate(before)}

        def middle(place: Place, rows: dict[int, int] = rows) -> float:
            """The mean row of what leads here; leaves, to which nothing leads, stay where they are."""
            number, layer = place
            if number in rows:
                return rows[number]
            sources = [rows[numbers[id(parent)]] for parent in order[number].parents if layer == layers[number]]
            return float(np.mean(sources)) if sources else float(len(rows))

        column.sort(key=middle)
    return columns


def _own_layer(number: int, at: dict[Place, tuple[float, float]]) -> int:
    """The layer in which a node itself stands: the first one it has a place in."""
    return min(layer for other, layer in at if other == number)


def _draw_node(axes: Axes, node: Node, at: tuple[float, float]) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = at
    corner, edge = (x - HALF_WIDTH, y - HALF_HEIGHT), "black" if node.parents else BLUE
    box = FancyBboxPatch(
        corner,
        2 * HALF_WIDTH,
        2 * HALF_HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white",
        edgecolor=edge,
    )
    axes.add_patch(box)
    title = " = ".join(part for part in (node.name, node.operation) if part) or "constant"
    lines = [(title, "black", "bold"), (_minus(_value_text(node.value)), BLUE, "normal")]
    if node.grad is not None:
        lines.append((f"∂ {_minus(_value_text(node.grad))}", VERMILION, "normal"))
    for row, (text, color, weight) in enumerate(lines):
        below = (row - (len(lines) - 1) / 2) * 0.2
        axes.text(x, y + below, text, ha="center", va="center", color=color, weight=weight, zorder=3)


def _draw_edge(axes: Axes, route: list[tuple[float, float]]) -> None:
    """A line that leaves its node on the right, runs level where it passes a layer, and ends in an arrow."""
    (x, y), *passed, end = route
    line = [(x + HALF_WIDTH, y)]
    for x, y in passed:
        line += [(x - HALF_WIDTH, y), (x + HALF_WIDTH, y)]
    axes.plot(*zip(*line, strict=True), color="gray", linewidth=1, zorder=1)
    style = {"arrowstyle": "->", "color": "gray", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=(end[0] - HALF_WIDTH, end[1]), xytext=line[-1], arrowprops=style, zorder=1)


def _value_text(value: Array) -> str:
    return f"{value.item():.4g}" if value.size == 1 else "array " + "×".join(str(size) for size in value.shape)


def _minus(text: str) -> str:
    """With a minus sign, where a hyphen is easily missed. `describe` keeps the hyphen, for screen readers."""
    return text.replace("-", "−")
