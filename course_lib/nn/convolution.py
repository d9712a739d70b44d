"""Convolution (cross-correlation, as all libraries compute it) with stride, padding, dilation and groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import (
    Array,
    IntOrPair,
    Padding,
    grouped_kernel,
    require_axes,
    require_floats,
    require_shape,
    whole,
)
from course_lib.nn.correlation import correlate, input_gradient, weight_gradient
from course_lib.nn.initializers import Initializer, he_normal
from course_lib.nn.layer import Layer
from course_lib.nn.windows import Windows, make_windows

__all__ = ["Conv", "conv_backward", "conv_forward"]


class ConvCache(NamedTuple):
    """What conv_backward needs of the forward pass."""

    x: Array
    w: Array
    has_bias: bool
    windows: Windows
    groups: int


def conv_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, ConvCache]:
    """x (N, C, H, W), kernels w (F, C / groups, kh, kw), bias b (F,) or None -> y (N, F, H_out, W_out), cache.

    H_out = floor((H + padding - dilation * (kh - 1) - 1) / stride) + 1, where padding counts top and bottom.
    `padding` is one number, (height, width) or ((top, bottom), (left, right)). With groups, each group of F / groups
    filters sees its own C / groups channels.
    Raises ValueError when shapes, dtypes or sizes do not fit.
    """
    windows = check_conv("conv_forward", x, w, b, stride, padding, dilation, groups)
    y = correlate(x, w, windows, groups)
    if b is not None:
        y += b[:, None, None]
    return y, ConvCache(x, w, b is not None, windows, groups)


def conv_backward(dy: Array, cache: ConvCache) -> tuple[Array, Array, Array | None]:
    """dy (N, F, H_out, W_out) -> dx (N, C, H, W), dw (F, C / groups, kh, kw), db (F,) or None without a bias.

    Raises ValueError when dy has not the shape of the output.
    """
    x, w, has_bias, windows, groups = cache
    expected = (len(x), len(w), *windows.grid((x.shape[2], x.shape[3])))
    require_floats("conv_backward", dy=dy, x=x)
    require_shape("conv_backward", "dy", dy, expected, "the shape of the output")
    dw = weight_gradient(x, dy, w.shape, windows, groups)  # first: its buffers are gone when dx needs memory
    dx = input_gradient(dy, w, x.shape, windows, groups)
    return dx, dw, dy.sum(axis=(0, 2, 3)) if has_bias else None


def check_conv(
    where: str,
    x: Array,
    w: Array,
    b: Array | None,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Windows:
    """The windows of a convolution whose arguments fit together. Raises ValueError when they do not."""
    require_floats(where, x=x, w=w, b=b)
    require_axes(where, "x", x, "N C H W")
    require_axes(where, "w", w, "F C/groups kh kw")
    groups = whole(where, "groups", groups, 1)
    if x.shape[1] != w.shape[1] * groups:
        raise ValueError(
            f"{where}: x has shape {x.shape} and w has shape {w.shape}; with groups={groups} the channels of x, "
            f"{x.shape[1]}, must be groups times the channels of a kernel, {groups} * {w.shape[1]}"
        )
    if len(w) % groups:
        raise ValueError(f"{where}: w has shape {w.shape}; its {len(w)} filters must divide into groups={groups}")
    if b is not None:
        require_shape(where, "b", b, (len(w),), "one number for each filter of w")
    return make_windows(where, (x.shape[2], x.shape[3]), (w.shape[2], w.shape[3]), stride, padding, dilation)


class Conv(Layer):
    """A convolution layer with kernels w (F, C / groups, kh, kw) and bias b (F,), drawn with `rng`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        *,
        stride: IntOrPair = 1,
        padding: Padding = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        bias: bool = True,
        rng: np.random.Generator,
        initializer: Initializer = he_normal,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        kh, kw = grouped_kernel("Conv", kernel_size, groups, "in_channels", in_channels)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.params["w"] = initializer((out_channels, in_channels // groups, kh, kw), rng, dtype)
        if bias:
            self.params["b"] = np.zeros(out_channels, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) -> y (N, F, H_out, W_out)."""
        y, self.cache = conv_forward(
            x,
            self.params["w"],
            self.params.get("b"),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return y

    def backward(self, dy: Array) -> Array:
        """dy (N, F, H_out, W_out) -> dx (N, C, H, W)."""
        dx, self.grads["w"], db = conv_backward(dy, self.cache)
        if db is not None:
            self.grads["b"] = db
        return dx
