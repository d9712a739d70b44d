"""Which unit sees which: connections between two layers, and the cone of cells behind one output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course_lib.vis.style import BLUE, CELL, INK, LINE, OKABE_ITO, TEXT_SIZE, TITLE_SIZE, WINDOW, bare_axes, new_figure


def wiring(layers: Mapping[str, ArrayLike]) -> Figure:
    """Draw the connections of named layers side by side: lines of one color and dash share one weight.

    Each layer is an integer array of shape `(outputs, inputs)`: the number of the weight between the two units, or -1
    for no connection. Weights that occur once only are drawn in gray.
    """
    if not layers:
        raise ValueError("there is no layer to draw")
    panels = {name: np.asarray(ids, dtype=int) for name, ids in layers.items()}
    wide = max(max(ids.shape) for ids in panels.values())
    figure = new_figure(3.1 * len(panels), 2.3)
    for index, (name, ids) in enumerate(panels.items()):
        axes = figure.add_subplot(1, len(panels), index + 1)
        axes.set(xlim=(-0.6, wide - 0.4), ylim=(-0.35, 1.35))
        axes.axis("off")
        axes.set_title(name, size=TITLE_SIZE, color=INK)
        outputs, inputs = ids.shape
        shift_out, shift_in = (wide - outputs) / 2, (wide - inputs) / 2
        used, count = np.unique(ids[ids >= 0], return_counts=True)
        shared = {int(weight) for weight, times in zip(used, count, strict=True) if times > 1}
        for (out, source), weight in np.ndenumerate(ids):
            if weight < 0:
                continue
            color = OKABE_ITO[weight % len(OKABE_ITO)] if weight in shared else "#7f7f7f"
            dash = ("-", "--", ":")[weight % 3] if weight in shared else "-"
            axes.plot([source + shift_in, out + shift_out], [0, 1], color=color, linestyle=dash,
                      linewidth=2.2 if weight in shared else 1.0, zorder=1)  # fmt: skip
        axes.scatter(np.arange(inputs) + shift_in, np.zeros(inputs), s=110, color=CELL, edgecolor=INK, zorder=2)
        axes.scatter(np.arange(outputs) + shift_out, np.ones(outputs), s=110, color=WINDOW, edgecolor=INK, zorder=2)
        axes.text((wide - 1) / 2, -0.33, f"{len(used)} weights", ha="center", va="center", size=TEXT_SIZE, color=INK)
    return figure


def receptive_cone(layers: Sequence[tuple[int, int]], *, names: Sequence[str] | None = None) -> Figure:
    """Draw what one output unit sees through layers `(kernel size, stride)`, along one axis, input at the bottom."""
    if not layers or any(kernel < 1 or stride < 1 for kernel, stride in layers):
        raise ValueError("layers must be pairs (kernel size, stride), each at least 1")
    if names is not None and len(names) != len(layers):
        raise ValueError(f"{len(names)} names for {len(layers)} layers")
    seen = [1]  # how many units of each level the output unit depends on, from the top down
    for kernel, stride in reversed(layers):
        seen.append((seen[-1] - 1) * stride + kernel)
    labels = ["input", *(names or [f"after layer {n + 1}" for n in range(len(layers))])]
    jumps = [1]
    for _, stride in layers:
        jumps.append(jumps[-1] * stride)
    margin, step = 5.2, 1.9
    width, height = seen[-1] + margin + 2.6, step * len(layers) + 1.4
    figure = new_figure(width * 0.33, height * 0.33)
    axes = bare_axes(figure, width, height)
    middle = margin + seen[-1] / 2
    centers = []
    for level, count in enumerate(reversed(seen)):  # the input first
        x = middle + (np.arange(count) - (count - 1) / 2) * jumps[level]
        centers.append(x)
        y = height - 1.2 - level * step
        for center in x:
            axes.add_patch(Rectangle((center - 0.45, y), 0.9, 0.9, facecolor=WINDOW if level else CELL, edgecolor=LINE,
                                     zorder=2))  # fmt: skip
        axes.text(margin - 0.5, y + 0.45, labels[level], ha="right", va="center", size=TEXT_SIZE, color=INK)
        axes.text(x[-1] + 0.8, y + 0.45, str(count), ha="left", va="center", size=TEXT_SIZE, color=INK, weight="bold")
        if level:
            kernel, stride = layers[level - 1]
            for unit, center in enumerate(x):
                for source in centers[level - 1][unit * stride : unit * stride + kernel]:
                    axes.plot([center, source], [y + 0.9, y + step], color=BLUE, linewidth=0.9, zorder=1)
    return figure
