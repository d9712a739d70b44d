"""Where the windows of a convolution or pooling stand: size, stride, padding, dilation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course_lib.nn.arguments import Array, IntOrPair, Padding, Pair, padding_pairs, pair

__all__ = ["Windows", "output_size"]


def output_size(size: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> int:
    """Number of windows along one axis: floor((size + before + after - reach) / stride) + 1.

    `reach` = dilation * (kernel - 1) + 1 is what a window spans. Zero or less means that it does not fit.
    """
    return (size + before + after - dilation * (kernel - 1) - 1) // stride + 1


@dataclass(frozen=True)
class Windows:
    """A grid of equal windows over the last two axes of an array; all pairs are (height, width)."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))  # (top, bottom), (left, right)
    dilation: Pair = (1, 1)

    @property
    def reach(self) -> Pair:
        """What one window spans, holes included."""
        return (self.dilation[0] * (self.kernel[0] - 1) + 1, self.dilation[1] * (self.kernel[1] - 1) + 1)

    def padded_size(self, size: Pair) -> Pair:
        """Height and width of an array of this size after padding."""
        return size[0] + sum(self.padding[0]), size[1] + sum(self.padding[1])

    def grid(self, size: Pair) -> Pair:
        """(H_out, W_out): how many windows fit on an array of this height and width."""
        height, width = (
            output_size(size[axis], self.kernel[axis], self.stride[axis], *self.padding[axis], self.dilation[axis])
            for axis in (0, 1)
        )
        return height, width

    def pad(self, x: Array, value: float = 0.0) -> Array:
        """A copy of `x` with a border of `value` around its last two axes."""
        height, width = self.padded_size((x.shape[-2], x.shape[-1]))
        padded = np.full((*x.shape[:-2], height, width), value, dtype=x.dtype)
        self.inside(padded)[...] = x
        return padded

    def inside(self, padded: Array) -> Array:
        """The view of a padded array that lies within the border: the adjoint of `pad`."""
        (top, bottom), (left, right) = self.padding
        return padded[..., top : padded.shape[-2] - bottom, left : padded.shape[-1] - right]

    def view(self, padded: Array) -> Array:
        """All windows of a padded array, without a copy: (..., H_out, W_out, kernel height, kernel width)."""
        windows = sliding_window_view(padded, self.reach, axis=(-2, -1))
        return windows[..., :: self.stride[0], :: self.stride[1], :: self.dilation[0], :: self.dilation[1]]

    def offsets(self, padded: Array) -> Iterator[tuple[int, int, Array]]:
        """For each place (i, j) in the kernel: what all windows see there, a view (..., H_out, W_out) of `padded`."""
        rows, columns = (
            (size - reach) // stride + 1
            for size, reach, stride in zip(padded.shape[-2:], self.reach, self.stride, strict=True)
        )
        for i in range(self.kernel[0]):
            top = i * self.dilation[0]
            down = slice(top, top + (rows - 1) * self.stride[0] + 1, self.stride[0])
            for j in range(self.kernel[1]):
                left = j * self.dilation[1]
                across = slice(left, left + (columns - 1) * self.stride[1] + 1, self.stride[1])
                yield i, j, padded[..., down, across]

    def scatter(self, patches: Array, size: Pair) -> Array:
        """patches (C, kh, kw, N, H_out, W_out) -> (N, C, H, W): each entry is added to where its window saw it.

        The adjoint of `pad` and `view`. What falls on padding is dropped.
        """
        padded = np.zeros((patches.shape[0], patches.shape[3], *self.padded_size(size)), dtype=patches.dtype)
        for i, j, seen in self.offsets(padded):
            seen += patches[:, i, j]
        return self.inside(padded).swapaxes(0, 1)


def make_windows(
    where: str, size: Pair, kernel: IntOrPair, stride: IntOrPair, padding: Padding, dilation: IntOrPair
) -> Windows:
    """Windows from a layer's arguments, which must fit on an array of this size.

    Raises ValueError for sizes below one, a negative padding, and a kernel larger than the padded input.
    """
    windows = Windows(
        pair(where, "kernel size", kernel, 1),
        pair(where, "stride", stride, 1),
        padding_pairs(where, padding),
        pair(where, "dilation", dilation, 1),
    )
    if min(windows.grid(size)) < 1:
        holes = f" (a kernel {windows.kernel} with dilation {windows.dilation})" if max(windows.dilation) > 1 else ""
        raise ValueError(
            f"{where}: the kernel spans {windows.reach}{holes}, but x of height and width {size} is only "
            f"{windows.padded_size(size)} with its padding; the kernel must fit"
        )
    return windows
