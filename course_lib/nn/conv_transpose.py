"""Transposed convolution: the input gradient of a convolution, used as a layer that makes images larger."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import (
    Array,
    IntOrPair,
    Padding,
    Pair,
    grouped_kernel,
    padding_pairs,
    pair,
    require_axes,
    require_floats,
    require_shape,
    whole,
)
from course_lib.nn.correlation import correlate, input_gradient, weight_gradient
from course_lib.nn.initializers import Initializer, he_normal
from course_lib.nn.layer import Layer
from course_lib.nn.windows import Windows

__all__ = ["ConvTranspose", "conv_transpose_backward", "conv_transpose_forward"]


class ConvTransposeCache(NamedTuple):
    """What conv_transpose_backward needs of the forward pass."""

    x: Array
    w: Array
    has_bias: bool
    windows: Windows
    groups: int
    y_shape: tuple[int, int, int, int]


def conv_transpose_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, ConvTransposeCache]:
    """x (N, C, H, W), kernels w (C, F / groups, kh, kw), bias b (F,) or None -> y (N, F, H_out, W_out), cache.

    Each input pixel stamps its kernel on the output, `stride` pixels apart:
    H_out = (H - 1) * stride - padding + dilation * (kh - 1) + output_padding + 1, where padding cuts off.
    Raises ValueError when shapes, dtypes or sizes do not fit.
    """
    where = "conv_transpose_forward"
    require_floats(where, x=x, w=w, b=b)
    require_axes(where, "x", x, "N C H W")
    require_axes(where, "w", w, "C F/groups kh kw")
    groups = whole(where, "groups", groups, 1)
    if x.shape[1] != len(w) or len(w) % groups:
        raise ValueError(
            f"{where}: x has shape {x.shape} and w has shape {w.shape}; the channels of x, {x.shape[1]}, must be the "
            f"first axis of w, {len(w)}, and divide into groups={groups}"
        )
    filters = w.shape[1] * groups
    if b is not None:
        require_shape(where, "b", b, (filters,), "one number for each output channel")
    windows = Windows(
        (w.shape[2], w.shape[3]),
        pair(where, "stride", stride, 1),
        padding_pairs(where, padding),
        pair(where, "dilation", dilation, 1),
    )
    size = _output_size(where, x, windows, pair(where, "output_padding", output_padding, 0))
    y = input_gradient(x, w, (len(x), filters, *size), windows, groups)
    if b is not None:
        y += b[:, None, None]
    return y, ConvTransposeCache(x, w, b is not None, windows, groups, (len(x), filters, *size))


def conv_transpose_backward(dy: Array, cache: ConvTransposeCache) -> tuple[Array, Array, Array | None]:
    """dy (N, F, H_out, W_out) -> dx (N, C, H, W), dw (C, F / groups, kh, kw), db (F,) or None without a bias.

    The gradient by the input is a plain convolution of dy. Raises ValueError when dy has not the output's shape.
    """
    x, w, has_bias, windows, groups, y_shape = cache
    require_floats("conv_transpose_backward", dy=dy, x=x)
    require_shape("conv_transpose_backward", "dy", dy, y_shape, "the shape of the output")
    dx = correlate(dy, w, windows, groups)
    dw = weight_gradient(dy, x, w.shape, windows, groups)
    return dx, dw, dy.sum(axis=(0, 2, 3)) if has_bias else None


def _output_size(where: str, x: Array, windows: Windows, output_padding: Pair) -> Pair:
    height, width = (
        (x.shape[2 + axis] - 1) * windows.stride[axis]
        - sum(windows.padding[axis])
        + windows.reach[axis]
        + output_padding[axis]
        for axis in (0, 1)
    )
    if any(extra >= step for extra, step in zip(output_padding, windows.stride, strict=True)):
        raise ValueError(
            f"{where}: output_padding is {output_padding}; it must be smaller than the stride {windows.stride}, "
            f"since it only chooses among the sizes that a convolution of this stride maps to x of shape {x.shape}"
        )
    if min(height, width) < 1:
        raise ValueError(
            f"{where}: x has shape {x.shape}; padding {windows.padding} cuts everything off, the output would be "
            f"{height} by {width}"
        )
    return height, width


class ConvTranspose(Layer):
    """A transposed convolution with kernels w (C, F / groups, kh, kw) and bias b (F,), drawn with `rng`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        *,
        stride: IntOrPair = 1,
        padding: Padding = 0,
        output_padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        bias: bool = True,
        rng: np.random.Generator,
        initializer: Initializer = he_normal,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        kh, kw = grouped_kernel("ConvTranspose", kernel_size, groups, "out_channels", out_channels)
        self.stride, self.padding, self.output_padding = stride, padding, output_padding
        self.dilation, self.groups = dilation, groups
        self.params["w"] = initializer((in_channels, out_channels // groups, kh, kw), rng, dtype)
        if bias:
            self.params["b"] = np.zeros(out_channels, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) -> y (N, F, H_out, W_out)."""
        y, self.cache = conv_transpose_forward(
            x,
            self.params["w"],
            self.params.get("b"),
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return y

    def backward(self, dy: Array) -> Array:
        """dy (N, F, H_out, W_out) -> dx (N, C, H, W)."""
        dx, self.grads["w"], db = conv_transpose_backward(dy, self.cache)
        if db is not None:
            self.grads["b"] = db
        return dx
