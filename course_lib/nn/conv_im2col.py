"""Convolution in the plainest fast form: all windows as columns of a matrix, then one matrix product each way.

`conv_forward` does the same in blocks, with less memory; this is the version to read first.
"""

from __future__ import annotations

from typing import NamedTuple

from course_lib.nn.arguments import Array, IntOrPair, Padding, require_axes, require_floats, require_shape
from course_lib.nn.convolution import check_conv
from course_lib.nn.windows import Windows, make_windows

__all__ = ["col2im", "conv_im2col_backward", "conv_im2col_forward", "im2col"]


def im2col(
    x: Array, kernel_size: IntOrPair, *, stride: IntOrPair = 1, padding: Padding = 0, dilation: IntOrPair = 1
) -> Array:
    """x (N, C, H, W) -> columns (C * kh * kw, N * H_out * W_out), a copy.

    Rows run over channel, then kernel row, then kernel column; columns over image, then output row, then output column.
    A convolution is then one matrix product, Y = W X.
    Raises ValueError when x has not four axes, holds no floats, or the kernel does not fit.
    """
    require_floats("im2col", x=x)
    require_axes("im2col", "x", x, "N C H W")
    channels = x.shape[1]
    windows = make_windows("im2col", (x.shape[2], x.shape[3]), kernel_size, stride, padding, dilation)
    view = windows.view(windows.pad(x))  # (N, C, H_out, W_out, kh, kw)
    return view.transpose(1, 4, 5, 0, 2, 3).reshape(channels * windows.kernel[0] * windows.kernel[1], -1)


def col2im(
    columns: Array,
    x_shape: tuple[int, int, int, int],
    kernel_size: IntOrPair,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
) -> Array:
    """columns (C * kh * kw, N * H_out * W_out) -> x (N, C, H, W): each entry is added to where im2col took it from.

    This is the adjoint of im2col, not its inverse: <im2col(x), c> = <x, col2im(c)>. What falls on padding is dropped.
    Raises ValueError when the shape of `columns` is not what im2col makes of `x_shape`.
    """
    require_floats("col2im", columns=columns)
    n, channels, height, width = x_shape
    windows = make_windows("col2im", (height, width), kernel_size, stride, padding, dilation)
    (kh, kw), (rows, across) = windows.kernel, windows.grid((height, width))
    expected = (channels * kh * kw, n * rows * across)
    require_shape("col2im", "columns", columns, expected, "what im2col makes of x_shape")
    patches = columns.reshape(channels, kh, kw, n, rows, across)
    return windows.scatter(patches, (height, width)).copy()


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
