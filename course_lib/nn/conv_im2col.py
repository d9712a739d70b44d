"""Convolution in the plainest fast form: all windows as columns, then one matrix product each way.

`conv_forward` does the same in blocks, with less memory; this is the version to read first.
"""

from __future__ import annotations

from typing import NamedTuple

from course_lib.nn.arguments import Array, IntOrPair, Padding, require_shape
from course_lib.nn.convolution import check_conv
from course_lib.nn.im2col import col2im, im2col
from course_lib.nn.windows import Windows


class Im2colCache(NamedTuple):
    """What conv_im2col_backward needs of the forward pass."""

    columns: Array
    w: Array
    x_shape: tuple[int, int, int, int]
    windows: Windows


def conv_im2col_forward(
    x: Array, w: Array, b: Array, *, stride: IntOrPair = 1, padding: Padding = 0, dilation: IntOrPair = 1
) -> tuple[Array, Im2colCache]:
    """x (N, C, H, W), w (F, C, kh, kw), b (F,) -> y (N, F, H_out, W_out), cache. Raises ValueError as conv_forward."""
    windows = check_conv("conv_im2col_forward", x, w, b, stride, padding, dilation)
    (n, c, height, width), filters = x.shape, len(w)
    columns = im2col(x, windows.kernel, stride=stride, padding=padding, dilation=dilation)
    y = w.reshape(filters, -1) @ columns + b[:, None]
    y = y.reshape(filters, n, *windows.grid((height, width))).swapaxes(0, 1)
    return y, Im2colCache(columns, w, (n, c, height, width), windows)


def conv_im2col_backward(dy: Array, cache: Im2colCache) -> tuple[Array, Array, Array]:
    """dy (N, F, H_out, W_out) -> dx (N, C, H, W), dw (F, C, kh, kw), db (F,)."""
    columns, w, x_shape, windows = cache
    filters = len(w)
    expected = (x_shape[0], filters, *windows.grid((x_shape[2], x_shape[3])))
    require_shape("conv_im2col_backward", "dy", dy, expected, "the shape of the output")
    dy_matrix = dy.swapaxes(0, 1).reshape(filters, -1)
    dw = (dy_matrix @ columns.T).reshape(w.shape)
    dx_columns = w.reshape(filters, -1).T @ dy_matrix
    dx = col2im(
        dx_columns,
        x_shape,
        windows.kernel,
        stride=windows.stride,
        padding=windows.padding,
        dilation=windows.dilation,
    )
    return dx, dw, dy_matrix.sum(axis=1)
