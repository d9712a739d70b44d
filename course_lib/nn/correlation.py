"""The three products that convolution and transposed convolution are made of, as matrix products on blocks of images.

A convolution is a matrix product of the kernels with the column matrix of `im2col`. That matrix is kh * kw times larger
than the input, so here it is made for a few images at a time, in a buffer that is used again and stays in the
processor's cache. It is not kept for the backward pass: copying the windows again costs less than writing the large
matrix to memory and reading it back. The matrices are stacked, one for each group of channels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from course_lib.nn.arguments import Array
from course_lib.nn.windows import Windows

BLOCK_COLUMNS = 1024  # enough for the matrix product to reach its full speed; more would leave the cache


def correlate(x: Array, w: Array, windows: Windows, groups: int) -> Array:
    """x (N, C, H, W) with kernels w (F, C / groups, kh, kw) -> y (N, F, H_out, W_out): Y = W X."""
    n, filters = len(x), len(w)
    rows, across = windows.grid((x.shape[2], x.shape[3]))
    kernels = w.reshape(groups, filters // groups, -1)
    y = np.empty((n, filters, rows, across), dtype=x.dtype)
    for block, columns in column_blocks(x, windows, groups):
        if len(y[block]) == 1:  # the product is the image: no need to sort it by images
            np.matmul(kernels, columns, out=y[block].reshape(groups, filters // groups, -1))
        else:
            y[block] = (kernels @ columns).reshape(filters, -1, rows, across).swapaxes(0, 1)
    return y


def weight_gradient(x: Array, dy: Array, w_shape: tuple[int, ...], windows: Windows, groups: int) -> Array:
    """dy (N, F, H_out, W_out) -> dw (F, C / groups, kh, kw): dW = dY X^T."""
    filters = w_shape[0]
    # The transpose, dW^T = X dY^T, is the order in which the matrix product runs fastest.
    total = np.zeros((groups, w_shape[1] * w_shape[2] * w_shape[3], filters // groups), dtype=x.dtype)
    for block, columns in column_blocks(x, windows, groups):
        total += columns @ as_matrices(dy[block], groups).swapaxes(1, 2)
    return total.swapaxes(1, 2).reshape(w_shape)


def input_gradient(dy: Array, w: Array, x_shape: tuple[int, ...], windows: Windows, groups: int) -> Array:
    """dy (N, F, H_out, W_out) with kernels w (F, C / groups, kh, kw) -> dx (N, C, H, W)."""
    reachable = all(max(pad) < reach for pad, reach in zip(windows.padding, windows.reach, strict=True))
    # Gathering copies F * kh * kw numbers a pixel, scattering adds C * kh * kw, each about four times as dear.
    if windows.stride == (1, 1) and reachable and dy.shape[1] <= 4 * x_shape[1]:
        return input_gradient_by_gathering(dy, w, windows, groups)
    return input_gradient_by_scattering(dy, w, x_shape, windows, groups)


def input_gradient_by_gathering(dy: Array, w: Array, windows: Windows, groups: int) -> Array:
    """For stride 1: itself a correlation, of dy with the kernels rotated by 180 degrees."""
    filters, channels, kh, kw = w.shape
    by_group = w.reshape(groups, filters // groups, channels, kh, kw)[..., ::-1, ::-1]
    rotated = by_group.swapaxes(1, 2).reshape(groups * channels, filters // groups, kh, kw)
    (top, bottom), (left, right) = windows.padding
    below, beside = windows.reach[0] - 1, windows.reach[1] - 1
    padding = ((below - top, below - bottom), (beside - left, beside - right))
    return correlate(dy, rotated, Windows(windows.kernel, (1, 1), padding, windows.dilation), groups)


def input_gradient_by_scattering(dy: Array, w: Array, x_shape: tuple[int, ...], windows: Windows, groups: int) -> Array:
    """For every stride: dX = W^T dY, then each entry is added to where the window saw it, as in `col2im`."""
    (n, channels, height, width), (rows, across) = x_shape, dy.shape[2:]
    kh, kw = windows.kernel
    transposed = w.reshape(groups, len(w) // groups, -1).swapaxes(1, 2)
    dx = np.empty(x_shape, dtype=dy.dtype)
    for block in image_blocks(n, rows * across):
        # In one expression, so that the columns are given back before the next ones are made.
        dx[block] = windows.scatter(
            (transposed @ as_matrices(dy[block], groups)).reshape(channels, kh, kw, -1, rows, across), (height, width)
        )
    return dx


def as_matrices(images: Array, groups: int) -> Array:
    """images (N, C, H, W) -> (groups, C / groups, N * H * W): one row for each channel."""
    return images.swapaxes(0, 1).reshape(groups, images.shape[1] // groups, -1)


def image_blocks(n: int, columns_per_image: int) -> Iterator[slice]:
    """Slices of the batch that make about BLOCK_COLUMNS columns, at least one image each."""
    step = max(1, BLOCK_COLUMNS // columns_per_image)
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def column_blocks(x: Array, windows: Windows, groups: int) -> Iterator[tuple[slice, Array]]:
    """The column matrices (groups, C / groups * kh * kw, images * H_out * W_out) of a few images at a time.

    Made in two steps, first the kernel's columns and then its rows: the second step then copies long runs of memory,
    whole maps when the stride is 1. The buffers are used again: a matrix holds until the next one is asked for.
    """
    n, channels, height, width = x.shape
    (kh, kw), (rows, across) = windows.kernel, windows.grid((height, width))
    blocks = list(image_blocks(n, rows * across))
    most = blocks[0].stop
    padded: Array = np.zeros((most, channels, *windows.padded_size((height, width))), dtype=x.dtype)
    kernel_row = Windows((1, kw), (1, windows.stride[1]), dilation=(1, windows.dilation[1]))
    kernel_column = Windows((kh, 1), (windows.stride[0], 1), dilation=(windows.dilation[0], 1))
    seen_by_row = kernel_row.view(padded)[..., 0, :].transpose(1, 4, 0, 2, 3)  # (C, kw, images, padded H, W_out)
    strips: Array = np.empty(seen_by_row.shape, dtype=x.dtype)
    seen = kernel_column.view(strips)[..., 0].transpose(0, 5, 1, 2, 3, 4)  # (C, kh, kw, images, H_out, W_out)
    buffer: Array = np.empty(seen.shape, dtype=x.dtype)
    for block in blocks:
        images = block.stop - block.start
        if images < most:  # the last block may be smaller
            seen, buffer = seen[:, :, :, :images], np.empty((channels, kh, kw, images, rows, across), dtype=x.dtype)
        windows.inside(padded)[:images] = x[block]
        np.copyto(strips, seen_by_row)
        np.copyto(buffer, seen)
        yield block, buffer.reshape(groups, channels // groups * kh * kw, -1)
