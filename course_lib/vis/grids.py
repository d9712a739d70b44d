"""Pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_lib.vis.style import INK, LINE, TITLE_SIZE, new_figure


def image_grid(
    images: Sequence[ArrayLike],
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    cmap: str = "gray",
    limits: tuple[float, float] | None = None,
    size: float = 2.4,
) -> Figure:
    """Draw images of shape `(H, W)` or `(H, W, 3)` in a grid, each `size` inches wide, with a title above each.

    Gray images are scaled from `limits` (by default each image's own smallest and largest value; 0 to 255 for uint8).
    Color images are uint8, or floats in 0..1. Raises ValueError for other shapes and for colors out of range.
    """
    arrays = [np.asarray(image) for image in images]
    if not arrays:
        raise ValueError("there is no image to show")
    if titles is not None and len(titles) != len(arrays):
        raise ValueError(f"{len(titles)} titles for {len(arrays)} images")
    for array in arrays:
        _refuse_what_is_no_image(array)
    across = min(columns or min(len(arrays), 4), len(arrays))
    down = ceil(len(arrays) / across)
    tall = max(array.shape[0] / array.shape[1] for array in arrays)
    figure = new_figure(across * (size + 0.1), down * (size * tall + (0.35 if titles else 0.1)))
    for index, array in enumerate(arrays):
        axes = figure.add_subplot(down, across, index + 1)
        low, high = limits or ((0, 255) if array.dtype == np.uint8 else (None, None))
        axes.imshow(array, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(color=LINE, linewidth=0.8)
        if titles is not None:
            axes.set_title(titles[index], size=TITLE_SIZE, color=INK)
    return figure


def _refuse_what_is_no_image(array: np.ndarray) -> None:
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        hint = "; for (3, H, W) use .transpose(1, 2, 0)" if array.ndim == 3 and array.shape[0] == 3 else ""
        raise ValueError(f"an image has shape (H, W) or (H, W, 3), got {array.shape}{hint}")
    if array.ndim == 3 and array.dtype != np.uint8 and (array.min() < 0 or array.max() > 1):
        raise ValueError(
            f"colors must lie in 0..1, got {array.min():.3g} to {array.max():.3g}; clip or scale them first"
        )
