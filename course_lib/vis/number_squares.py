"""Arrays drawn as squares with their numbers inside: one array, or an equation between several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from course_lib.vis.style import (
    CELL,
    CELL_SIZE,
    FAINT,
    INK,
    LINE,
    TEXT_SIZE,
    TINTS,
    TITLE_SIZE,
    WINDOW,
    bare_axes,
    new_figure,
)

_INCHES_PER_CELL = 0.46
_MOST_CELLS = 600


def number(value: float) -> str:
    """A number as short as a cell needs it: whole numbers without a point, others with three digits, nan as nothing."""
    value = float(value)
    if np.isnan(value):
        return ""
    short = f"{value:.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.3g}"
    return short.replace("-", "−")


def two_axes(a: ArrayLike) -> NDArray[np.float64]:
    """`a` as floats of shape `(rows, columns)`; a vector becomes one row. Raises ValueError for any other shape."""
    array = np.asarray(a, dtype=np.float64)
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"an array of one or two axes is needed to draw cells, got shape {np.shape(a)}")
    if array.size > _MOST_CELLS:
        raise ValueError(f"{array.size} cells are too many to read (at most {_MOST_CELLS}): use image_grid")
    return array


def draw_cells(
    axes: Axes,
    a: NDArray[np.float64],
    left: float = 0.0,
    top: float = 0.0,
    *,
    highlight: NDArray[np.bool_] | None = None,
    dashed: NDArray[np.bool_] | None = None,
    group: NDArray[np.int_] | None = None,
    face: str = CELL,
    size: float = CELL_SIZE,
) -> None:
    """Draw `a` of shape `(rows, columns)` with its corner at `(left, top)`; a nan is an empty place.

    `highlight` and `dashed` (for padding) are boolean arrays of the same shape, `group` one of whole numbers: cells of
    one number share a ground, negative numbers have none.
    """
    for (row, column), value in np.ndenumerate(a):
        if np.isnan(value):
            place = (left + column, top + row)
            axes.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor=FAINT, linewidth=0.7, zorder=0.5))
            continue
        lit = highlight is not None and bool(highlight[row, column])
        corner = (left + column, top + row)
        line = (0, (3, 2)) if dashed is not None and bool(dashed[row, column]) else "-"
        tinted = group is not None and group[row, column] >= 0
        color = TINTS[group[row, column] % len(TINTS)] if tinted else WINDOW if lit else face  # type: ignore[index]  # tinted
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, edgecolor=LINE, linewidth=0.9, linestyle=line))
        weight = "bold" if lit else "normal"
        text = number(value)
        fitted = size if len(text) <= 4 else size * 4 / len(text)
        axes.text(corner[0] + 0.5, corner[1] + 0.52, text, ha="center", va="center", size=fitted, color=INK,
                  weight=weight)  # fmt: skip


def matrix(
    a: ArrayLike,
    *,
    title: str | None = None,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    highlight: ArrayLike | None = None,
) -> Figure:
    """Draw one array of shape `(rows, columns)` as a table of cells, with names for its rows and columns.

    A nan is an empty place; `highlight` is a boolean array of the same shape.
    """
    array = two_axes(a)
    for names, length, axis in ((rows, array.shape[0], "rows"), (columns, array.shape[1], "columns")):
        if names is not None and len(names) != length:
            raise ValueError(f"{len(names)} names for {length} {axis}")
    lit = None if highlight is None else np.asarray(highlight, dtype=bool).reshape(array.shape)
    margin = 0.19 * max(map(len, rows)) + 0.5 if rows else 0.0
    head = 0.8 if columns else 0.0
    width, height = array.shape[1] + margin, array.shape[0] + head
    figure = new_figure(width * _INCHES_PER_CELL + 0.2, height * _INCHES_PER_CELL + (0.5 if title else 0.2))
    axes = bare_axes(figure, width, height)
    draw_cells(axes, array, margin, head, highlight=lit)
    for row, name in enumerate(rows or ()):
        axes.text(margin - 0.25, head + row + 0.52, name, ha="right", va="center", size=TEXT_SIZE, color=INK)
    for column, name in enumerate(columns or ()):
        axes.text(margin + column + 0.5, head - 0.25, name, ha="center", va="bottom", size=TEXT_SIZE, color=INK)
    if title:
        axes.set_title(title, size=TITLE_SIZE, color=INK, loc="left")
    return figure


def equation(
    *parts: Any,
    titles: Sequence[str] | None = None,
    highlight: Sequence[ArrayLike | None] | None = None,
    groups: Sequence[ArrayLike | None] | None = None,
) -> Figure:
    """Draw arrays and the signs between them in one line, as in `equation(x, "∗", w, "=", y)`.

    Arrays have one or two axes; `titles`, `highlight` (boolean arrays or None) and `groups` (arrays of whole numbers or
    None) have one entry for each array. Cells of one group share a ground, across all arrays; -1 is no group.
    """
    arrays = [two_axes(part) for part in parts if not isinstance(part, str)]
    if not arrays:
        raise ValueError("an equation needs at least one array")
    for given, what in ((titles, "titles"), (highlight, "highlights"), (groups, "groups")):
        if given is not None and len(given) != len(arrays):
            raise ValueError(f"{len(given)} {what} for {len(arrays)} arrays")
    rows = max(array.shape[0] for array in arrays)
    gaps = [0.5 + 0.28 * len(part) for part in parts if isinstance(part, str)]
    head = 0.9 if titles else 0.1
    width, height = sum(array.shape[1] for array in arrays) + sum(gaps) + 0.2, rows + head + 0.1
    figure = new_figure(width * _INCHES_PER_CELL, height * _INCHES_PER_CELL)
    axes = bare_axes(figure, width, height)
    left, index = 0.1, 0
    for part in parts:
        if isinstance(part, str):
            gap = 0.5 + 0.28 * len(part)
            axes.text(left + gap / 2, head + rows / 2, part, ha="center", va="center", size=14, color=INK)
            left += gap
            continue
        array = arrays[index]
        lit, group = _beside(highlight, index, array), _beside(groups, index, array)
        top = head + (rows - array.shape[0]) / 2
        draw_cells(
            axes,
            array,
            left,
            top,
            highlight=None if lit is None else lit.astype(bool),
            group=None if group is None else group.astype(int),
        )
        if titles:
            axes.text(left + array.shape[1] / 2, top - 0.25, titles[index], ha="center", va="bottom", size=TEXT_SIZE,
                      color=INK)  # fmt: skip
        left, index = left + array.shape[1], index + 1
    return figure


def _beside(
    given: Sequence[ArrayLike | None] | None, index: int, array: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """What was given for one array, in its shape. Raises ValueError for another shape."""
    if given is None or (one := given[index]) is None:
        return None
    marks = two_axes(one)
    if marks.shape != array.shape:
        raise ValueError(f"marks of shape {marks.shape} for an array of shape {array.shape}")
    return marks
