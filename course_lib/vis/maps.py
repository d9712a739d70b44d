"""Maps of pictures: what counts where, over the picture or beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from course_lib.vis.style import INK, LINE, TEXT_SIZE, TITLE_SIZE, new_figure

Array = npt.NDArray[np.float64]
_AMOUNT, _SIGNED = "viridis", "PuOr_r"  # both keep their order in gray, and for every kind of color blindness
_STRONGEST = 0.85  # how far the largest number covers the picture
_GRAY = "gray"


def overlay(picture: Any, map: Any, *, title: str = "", label: str = "", size: float = 3.2) -> Figure:
    """Draw a picture in gray with a map over it: the farther from 0 a number is, the more it covers; legend beside.

    A map without negative numbers goes from dark blue to yellow; one with both signs from violet over white to orange.

    Args:
        picture: (H, W, 3) or (3, H, W) of 0 to 1 or bytes, or (H, W).
        map: (h, w), stretched over the picture.
        title: above.
        label: what the numbers are, beside the legend.
        size: width in inches, without the legend.

    Raises:
        ValueError: shapes that do not fit, infinite numbers.
    """
    shown, numbers = _picture(picture), _map(map)
    if numbers.ndim != 2:
        raise ValueError(f"a map that covers a picture is (h, w), not {numbers.shape}")
    height, width = shown.shape[:2]
    gray = shown if shown.ndim == 2 else shown @ np.array([0.299, 0.587, 0.114])
    signed = numbers.min() < 0
    largest = float(abs(numbers).max()) or 1.0
    scale = Normalize(-largest if signed else 0, largest)
    colors = colormaps[_SIGNED if signed else _AMOUNT](scale(numbers))
    colors[..., 3] = _STRONGEST * abs(numbers) / largest
    figure = new_figure(size + 0.9, size * height / width + (0.35 if title else 0.1))
    axes = figure.add_subplot()
    extent = (0.0, float(width), float(height), 0.0)
    axes.imshow(gray, cmap="gray", vmin=0, vmax=1, extent=extent)
    axes.imshow(colors, extent=extent, interpolation="nearest")
    _frame(axes, title)
    # The legend shows each color as it stands over middle gray.
    steps = np.linspace(scale.vmin or 0.0, scale.vmax or 1.0, 256)
    legend = colormaps[_SIGNED if signed else _AMOUNT](scale(steps))[:, :3]
    cover = (_STRONGEST * abs(steps) / largest)[:, None]
    mixed = ListedColormap(cover * legend + (1 - cover) * 0.5)
    bar = figure.colorbar(ScalarMappable(scale, mixed), ax=axes, fraction=0.05, pad=0.03)
    bar.ax.tick_params(labelsize=TEXT_SIZE - 1)
    bar.set_label(label, size=TEXT_SIZE)
    return figure


def map_sheet(
    pictures: Sequence[Any],
    maps: Mapping[str, Sequence[Any]],
    *,
    names: Sequence[str] = (),
    brightest: float = 0.995,
    size: float = 1.7,
) -> Figure:
    """Draw a row for each picture, a column for each method, each map scaled to itself; the legend stands below.

    A map (h, w) without negative numbers goes from dark blue, 0, to yellow. Maps with both signs, (h, w) or in color
    (3, h, w), lie on gray, which is 0.

    Args:
        pictures: each as `overlay` takes it.
        maps: for each method one map per picture; a tensor (N, h, w) or (N, 3, h, w) will do.
        names: of the pictures, on the left.
        brightest: the part of all numbers that is told apart; the largest ones look alike, so that few of them do not
            hide the rest. 1 scales by the largest.
        size: width of a picture in inches.

    Raises:
        ValueError: no picture, another number of maps or names, shapes that do not fit, infinite numbers.
    """
    shown = [_picture(picture) for picture in pictures]
    if not shown or not maps:
        raise ValueError("there is no picture, or no map, to show")
    for what, count in {**{name: len(column) for name, column in maps.items()}, "names": len(names) or None}.items():
        if count not in (None, len(shown)):
            raise ValueError(f"{what}: {count} for {len(shown)} pictures")
    columns = [shown, *([_map(one) for one in column] for column in maps.values())]
    tall = max(picture.shape[0] / picture.shape[1] for picture in shown)
    figure = new_figure(len(columns) * (size + 0.08) + 0.3 * bool(names), len(shown) * (size * tall + 0.08) + 1.0)
    figure.set_layout_engine("compressed")  # pictures keep their shape, and nothing is left between them
    grid = figure.subplots(len(shown), len(columns), squeeze=False)
    kinds: dict[str, Axes] = {}
    for column, (title, drawn) in enumerate(zip(["picture", *maps], columns, strict=True)):
        for row, numbers in enumerate(drawn):
            axes = grid[row, column]
            cmap = _draw_picture_or_map(axes, numbers, brightest if column else None)
            if column:
                kinds.setdefault(cmap, axes)
            _frame(axes, title if row == 0 else "")
            if names and column == 0:
                axes.set_ylabel(names[row], size=TEXT_SIZE, color=INK)
    _legend(figure, grid, sorted(kinds, reverse=True))
    return figure


def _draw_picture_or_map(axes: Axes, numbers: Array, brightest: float | None) -> str:
    """One picture (`brightest` is None) or map; says which kind of colors it has."""
    if brightest is None:
        axes.imshow(numbers, cmap=_GRAY, vmin=0, vmax=1)
        return _GRAY
    largest = float(np.quantile(abs(numbers), brightest)) or float(abs(numbers).max()) or 1.0
    if numbers.ndim == 2 and numbers.min() >= 0:
        axes.imshow(numbers, cmap=_AMOUNT, vmin=0, vmax=largest, interpolation="nearest")
        return _AMOUNT
    on_gray = np.clip(0.5 + numbers / (2 * largest), 0, 1)
    axes.imshow(on_gray, cmap=_GRAY, vmin=0, vmax=1, interpolation="nearest")
    return _GRAY


def _legend(figure: Figure, grid: Any, kinds: Sequence[str]) -> None:
    """A bar for each kind of map, below all."""
    ends = {_AMOUNT: ("0", "", "most"), _GRAY: ("most below 0", "0", "most above 0")}
    share = max(1, grid.shape[1] // len(kinds))
    aspect = 11 * share * figure.get_figwidth() / (1.7 * grid.shape[1])  # bars of one height
    for number, kind in enumerate(kinds):
        above = grid[:, number * share : (number + 1) * share].ravel()
        bar = figure.colorbar(
            ScalarMappable(Normalize(-1, 1), kind),
            ax=list(above),
            location="bottom",
            fraction=0.06 / len(grid),
            pad=0.03 / len(grid),
            shrink=0.85,
            aspect=aspect,
        )
        bar.set_ticks([-1, 0, 1], labels=ends[kind])
        bar.ax.tick_params(labelsize=TEXT_SIZE - 1, length=0)


def _frame(axes: Axes, title: str) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(color=LINE, linewidth=0.8)
    if title:
        axes.set_title(title, size=TITLE_SIZE, color=INK)


def _picture(value: Any) -> Array:
    """(H, W, 3) or (H, W), 0 to 1."""
    array = np.asarray(value)
    numbers: Array = array.astype(np.float64) / (255 if array.dtype == np.uint8 else 1)
    if numbers.ndim == 3 and numbers.shape[0] == 3 and numbers.shape[2] != 3:
        numbers = numbers.transpose(1, 2, 0)
    if not (numbers.ndim == 2 or (numbers.ndim == 3 and numbers.shape[2] == 3)) or not numbers.size:
        raise ValueError(f"a picture has shape (H, W, 3), (3, H, W) or (H, W), got {array.shape}")
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(f"colors must lie in 0..1, got {numbers.min():.3g} to {numbers.max():.3g}; clip them first")
    return numbers


def _map(value: Any) -> Array:
    """(h, w), or (h, w, 3) with signs."""
    numbers: Array = np.asarray(value).astype(np.float64)
    if numbers.ndim == 3 and numbers.shape[0] == 3:
        numbers = numbers.transpose(1, 2, 0)
    if numbers.ndim not in (2, 3) or not numbers.size or (numbers.ndim == 3 and numbers.shape[2] != 3):
        raise ValueError(f"a map has shape (h, w) or (3, h, w), got {np.shape(value)}")
    if not np.isfinite(numbers).all():
        raise ValueError("the map has infinite numbers, or nan")
    return numbers
