"""Max and average pooling over windows, and over whole feature maps."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, IntOrPair, Padding, Pair, require_axes, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer
from course_lib.nn.windows import Windows, make_windows

__all__ = [
    "AveragePool",
    "GlobalPool",
    "MaxPool",
    "average_pool_backward",
    "average_pool_forward",
    "global_average_pool_backward",
    "global_average_pool_forward",
    "global_max_pool_backward",
    "global_max_pool_forward",
    "max_pool_backward",
    "max_pool_forward",
]


class MaxPoolCache(NamedTuple):
    """What max_pool_backward needs: for each output, which place in its window won, as i * kw + j."""

    winner: Array
    windows: Windows
    x_shape: tuple[int, ...]


def max_pool_forward(
    x: Array,
    kernel_size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
) -> tuple[Array, MaxPoolCache]:
    """x (N, C, H, W) -> y (N, C, H_out, W_out), the largest of each window, cache. `stride` None is the kernel size.

    Padding counts as minus infinity. Raises ValueError when the kernel does not fit, or a window holds only padding.
    """
    windows, _ = _pool_windows("max_pool_forward", x, kernel_size, stride, padding, dilation)
    padded = windows.pad(x, -np.inf)
    (_, _, first), *others = windows.offsets(padded)
    y = first.copy()
    winner = np.zeros(y.shape, dtype=np.int32)
    for i, j, seen in others:
        # Strictly larger: of equal values the first one in the window wins, as in PyTorch.
        np.copyto(winner, i * windows.kernel[1] + j, where=seen > y)
        np.maximum(y, seen, out=y)
    return y, MaxPoolCache(winner, windows, x.shape)


def max_pool_backward(dy: Array, cache: MaxPoolCache) -> Array:
    """dy (N, C, H_out, W_out) -> dx (N, C, H, W): the whole of each error goes to the winner of its window."""
    winner, windows, x_shape = cache
    require_floats("max_pool_backward", dy=dy)
    require_shape("max_pool_backward", "dy", dy, winner.shape, "the shape of the output")
    padded = np.zeros((*x_shape[:2], *windows.padded_size((x_shape[2], x_shape[3]))), dtype=dy.dtype)
    for i, j, seen in windows.offsets(padded):
        seen += np.where(winner == i * windows.kernel[1] + j, dy, 0)
    return windows.inside(padded).copy()


class AveragePoolCache(NamedTuple):
    """What average_pool_backward needs: by how many numbers each window's sum was divided."""

    counts: Array
    windows: Windows
    x_shape: tuple[int, ...]


def average_pool_forward(
    x: Array,
    kernel_size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    count_include_pad: bool = True,
) -> tuple[Array, AveragePoolCache]:
    """x (N, C, H, W) -> y (N, C, H_out, W_out), the mean of each window, cache. `stride` None is the kernel size.

    Padding counts as zeros, as in PyTorch; with `count_include_pad=False` it does not count at all.
    Raises ValueError when the kernel does not fit, or a window holds only padding.
    """
    windows, count = _pool_windows("average_pool_forward", x, kernel_size, stride, padding, dilation)
    if count_include_pad:
        count = np.full_like(count, windows.kernel[0] * windows.kernel[1])
    count = count.astype(x.dtype)
    y = np.zeros((*x.shape[:2], *count.shape), dtype=x.dtype)
    for _, _, seen in windows.offsets(windows.pad(x)):
        y += seen
    y /= count
    return y, AveragePoolCache(count, windows, x.shape)


def average_pool_backward(dy: Array, cache: AveragePoolCache) -> Array:
    """dy (N, C, H_out, W_out) -> dx (N, C, H, W): each error is shared out equally over its window."""
    counts, windows, x_shape = cache
    require_floats("average_pool_backward", dy=dy)
    require_shape("average_pool_backward", "dy", dy, (*x_shape[:2], *counts.shape), "the shape of the output")
    share = dy / counts
    padded = np.zeros((*x_shape[:2], *windows.padded_size((x_shape[2], x_shape[3]))), dtype=dy.dtype)
    for _, _, seen in windows.offsets(padded):
        seen += share
    return windows.inside(padded).copy()


def global_average_pool_forward(x: Array) -> tuple[Array, tuple[int, ...]]:
    """x (N, C, H, W) -> y (N, C), the mean of each feature map, cache."""
    require_floats("global_average_pool_forward", x=x)
    require_axes("global_average_pool_forward", "x", x, "N C H W")
    return x.mean(axis=(2, 3)), x.shape


def global_average_pool_backward(dy: Array, cache: tuple[int, ...]) -> Array:
    """dy (N, C) -> dx (N, C, H, W)."""
    require_floats("global_average_pool_backward", dy=dy)
    require_shape("global_average_pool_backward", "dy", dy, cache[:2], "the shape of the output")
    return np.broadcast_to(dy[:, :, None, None] / (cache[2] * cache[3]), cache).copy()


def global_max_pool_forward(x: Array) -> tuple[Array, MaxPoolCache]:
    """x (N, C, H, W) -> y (N, C), the largest of each feature map, cache."""
    require_floats("global_max_pool_forward", x=x)
    require_axes("global_max_pool_forward", "x", x, "N C H W")
    maps = x.reshape(*x.shape[:2], -1)
    winner = maps.argmax(axis=2)
    y = np.take_along_axis(maps, winner[:, :, None], axis=2)[:, :, 0]
    return y, MaxPoolCache(winner, Windows((x.shape[2], x.shape[3])), x.shape)


def global_max_pool_backward(dy: Array, cache: MaxPoolCache) -> Array:
    """dy (N, C) -> dx (N, C, H, W): zero but at the winner of each map."""
    winner, _, x_shape = cache
    require_floats("global_max_pool_backward", dy=dy)
    require_shape("global_max_pool_backward", "dy", dy, winner.shape, "the shape of the output")
    dx = np.zeros((*x_shape[:2], x_shape[2] * x_shape[3]), dtype=dy.dtype)
    np.put_along_axis(dx, winner[:, :, None], dy[:, :, None], axis=2)
    return dx.reshape(x_shape)


def _pool_windows(
    where: str, x: Array, kernel_size: IntOrPair, stride: IntOrPair | None, padding: Padding, dilation: IntOrPair
) -> tuple[Windows, Array]:
    """The windows, and how many pixels of x itself each of them holds (H_out, W_out)."""
    require_floats(where, x=x)
    require_axes(where, "x", x, "N C H W")
    size: Pair = (x.shape[2], x.shape[3])
    windows = make_windows(where, size, kernel_size, kernel_size if stride is None else stride, padding, dilation)
    count = windows.view(windows.pad(np.ones(size, dtype=np.int64))).sum(axis=(-2, -1))
    if count.min() < 1:
        raise ValueError(
            f"{where}: x has shape {x.shape}; with kernel {windows.kernel} and padding {windows.padding} there is "
            f"a window that holds only padding; every window must see a pixel of x"
        )
    return windows, count


class _Pool(FunctionLayer):
    """The arguments that both kinds of pooling have."""

    def __init__(
        self,
        kernel_size: IntOrPair,
        *,
        stride: IntOrPair | None = None,
        padding: Padding = 0,
        dilation: IntOrPair = 1,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation

    def options(self) -> dict[str, Any]:
        """Where the windows stand."""
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
        }


class MaxPool(_Pool):
    """Max pooling; the stride is the kernel size when it is not given."""

    functions = max_pool_forward, max_pool_backward


class AveragePool(_Pool):
    """Average pooling, padding counted as zeros; the stride is the kernel size when it is not given."""

    functions = average_pool_forward, average_pool_backward


class GlobalPool(FunctionLayer):
    """One number for each feature map: its mean, or with `kind="max"` its largest."""

    def __init__(self, kind: Literal["average", "max"] = "average") -> None:
        super().__init__()
        if kind not in ("average", "max"):
            raise ValueError(f"GlobalPool: kind is {kind!r}; it must be 'average' or 'max'")
        if kind == "max":
            self.functions = global_max_pool_forward, global_max_pool_backward
        else:
            self.functions = global_average_pool_forward, global_average_pool_backward
        self.kind = kind
