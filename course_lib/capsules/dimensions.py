"""What the numbers of a capsule mean: change one of them, and look at what the decoder draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.figure import Figure

from course_lib.capsules.network import CapsNet
from course_lib.train.evaluation import evaluation_mode
from course_lib.vis.explore import Explorer, explore
from course_lib.vis.grids import image_grid
from course_lib.vis.style import INK, TEXT_SIZE, new_figure

Array = npt.NDArray[np.float32]

CHANGES = tuple(round(0.05 * step, 2) for step in range(-5, 6))
"""What is added to a number, as in the paper: -0.25, -0.2, ..., 0.25."""
_EDGE = 1  # pixels of white between the pictures of a sheet


def dimension_pictures(
    net: CapsNet, picture: Any, label: int | None = None, changes: Sequence[float] = CHANGES
) -> Array:
    """What the decoder draws when one number of a capsule changes: (D, len(changes), C, H, W), 0 to 1.

    Entry [d, n] is drawn of the capsule with `changes[n]` added to its number d. After Sabour, Frosst and Hinton
    (2017), figure 4.

    Args:
        net: a CapsNet with a decoder.
        picture: (C, H, W), or gray (H, W), of 0 to 1.
        label: the class whose capsule it is; None for the longest one.
        changes: numbers to add.

    Raises:
        ValueError: the net has no decoder, the picture has another shape, no such class, nothing to add.
    """
    added = torch.as_tensor(np.asarray(changes, np.float32))
    if added.ndim != 1 or not len(added):
        raise ValueError(f"changes is {changes!r}: give one number or more, to add to those of a capsule")
    device = net.digits.w.device
    with evaluation_mode(net), torch.no_grad():
        v = net.capsules(_batch_of_one(picture).to(device))
        chosen = int(v.norm(dim=2).argmax()) if label is None else label
        count, size = v.shape[2], len(added)
        many = v.repeat(count * size, 1, 1)
        if 0 <= chosen < v.shape[1]:  # or reconstruct says what is wrong
            many[:, chosen] += torch.kron(torch.eye(count), added[:, None]).to(device)
        drawn = net.reconstruct(many, torch.full((len(many),), chosen, device=device))
        return drawn.reshape(count, size, *drawn.shape[1:]).cpu().numpy()


def dimension_sheet(
    net: CapsNet, picture: Any, label: int | None = None, changes: Sequence[float] = CHANGES, *, size: float = 0.45
) -> Figure:
    """Draw a row for each number of a capsule, a column for each change; arguments as for `dimension_pictures`.

    `size` is the width of a picture in inches. The column in the middle, where nothing is added, is the reconstruction.
    """
    drawn = _shown(dimension_pictures(net, picture, label, changes))
    rows, columns, height, width = drawn.shape[:4]
    tall, wide = height + _EDGE, width + _EDGE
    sheet = np.ones((rows * tall - _EDGE, columns * wide - _EDGE, *drawn.shape[4:]), np.float32)
    for row in range(rows):
        for column in range(columns):
            sheet[row * tall : row * tall + height, column * wide : column * wide + width] = drawn[row, column]
    figure = new_figure(columns * size + 0.7, rows * size * height / width + 0.6)
    axes = figure.add_subplot()
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(
        [column * wide + (width - 1) / 2 for column in range(columns)], [f"{change:+.2g}" for change in changes]
    )
    axes.set_yticks([row * tall + (height - 1) / 2 for row in range(rows)], [str(row + 1) for row in range(rows)])
    axes.tick_params(length=0, labelsize=TEXT_SIZE - 2, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("added to one number of the capsule", size=TEXT_SIZE)
    axes.set_ylabel("which number", size=TEXT_SIZE)
    return figure


def explore_dimensions(
    net: CapsNet, picture: Any, label: int | None = None, *, reach: float = 0.25, steps: int = 3
) -> Explorer:
    """Two sliders, which number of the capsule and how far it changes, that live without a kernel.

    Leave it as the last line of a cell. The second slider goes from -steps to steps, which adds -reach to reach. All
    pictures are drawn beforehand: with 16 numbers and 3 steps these are 112, and 120 are the most (ValueError).
    Other arguments and errors as for `dimension_pictures`.
    """
    if steps < 1 or not reach > 0:
        raise ValueError(f"steps is {steps} and reach {reach}: at least 1 step, over a reach above 0")
    changes = [reach * step / steps for step in range(-steps, steps + 1)]
    drawn = _shown(dimension_pictures(net, picture, label, changes))
    given = _shown(_batch_of_one(picture).numpy())[0]

    def draw(number: int, change: int) -> Figure:
        added = changes[change + steps]
        titles = ["picture", "reconstruction", f"number {number}: {added:+.2f}"]
        return image_grid([given, drawn[0, steps], drawn[number - 1, change + steps]], titles, limits=(0, 1), size=1.4)

    def alt(number: int, change: int) -> str:
        moved = abs(drawn[number - 1, change + steps] - drawn[number - 1, steps]).mean()
        return (
            f"The picture, its reconstruction, and what the decoder draws with {changes[change + steps]:+.2f} added to "
            f"number {number} of the capsule: a pixel changes by {moved:.3f} on average."
        )

    return explore(draw, alt, number=(1, 1, len(drawn)), change=(-steps, 0, steps))


def _batch_of_one(picture: Any) -> torch.Tensor:
    x = torch.as_tensor(np.asarray(picture.detach().cpu() if isinstance(picture, torch.Tensor) else picture)).float()
    return x[None, None] if x.ndim == 2 else x[None]


def _shown(pictures: Array) -> Array:
    """(..., C, H, W) as they are drawn: (..., H, W) or (..., H, W, 3)."""
    return pictures[..., 0, :, :] if pictures.shape[-3] == 1 else np.moveaxis(pictures, -3, -1)
