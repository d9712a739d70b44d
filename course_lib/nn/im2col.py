"""Every window of a batch as one column of a matrix, and the way back, which adds up where windows overlap."""

from __future__ import annotations

from course_lib.nn.arguments import Array, IntOrPair, Padding, require_axes, require_floats, require_shape
from course_lib.nn.windows import make_windows


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
