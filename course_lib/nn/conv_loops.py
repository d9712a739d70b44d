"""Convolution as its definition reads: seven nested loops, one multiplication at a time. Slow on purpose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, IntOrPair, Padding, require_shape
from course_lib.nn.convolution import check_conv
from course_lib.nn.windows import Windows

__all__ = ["conv_loops_backward", "conv_loops_forward"]


class LoopsCache(NamedTuple):
    """What conv_loops_backward needs of the forward pass."""

    padded: Array
    w: Array
    windows: Windows


def conv_loops_forward(
    x: Array, w: Array, b: Array, *, stride: IntOrPair = 1, padding: Padding = 0
) -> tuple[Array, LoopsCache]:
    """x (N, C, H, W), w (F, C, kh, kw), b (F,) -> y (N, F, H_out, W_out), cache. Raises ValueError as conv_forward."""
    windows = check_conv("conv_loops_forward", x, w, b, stride, padding)
    padded = windows.pad(x)
    (down, across), (filters, channels, kh, kw) = windows.stride, w.shape
    rows, columns = windows.grid((x.shape[2], x.shape[3]))
    y = np.zeros((len(x), filters, rows, columns), dtype=x.dtype)
    for n in range(len(x)):
        for f in range(filters):
            for r in range(rows):
                for q in range(columns):
                    total = b[f]
                    for c in range(channels):
                        for i in range(kh):
                            for j in range(kw):
                                total += padded[n, c, r * down + i, q * across + j] * w[f, c, i, j]
                    y[n, f, r, q] = total
    return y, LoopsCache(padded, w, windows)


def conv_loops_backward(dy: Array, cache: LoopsCache) -> tuple[Array, Array, Array]:
    """dy (N, F, H_out, W_out) -> dx (N, C, H, W), dw (F, C, kh, kw), db (F,)."""
    padded, w, windows = cache
    (down, across), (filters, channels, kh, kw) = windows.stride, w.shape
    rows, columns = ((s - k) // d + 1 for s, k, d in zip(padded.shape[2:], (kh, kw), (down, across), strict=True))
    require_shape("conv_loops_backward", "dy", dy, (len(padded), filters, rows, columns), "the shape of the output")
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(filters, dtype=w.dtype)
    for n in range(len(padded)):
        for f in range(filters):
            for r in range(rows):
                for q in range(columns):
                    error = dy[n, f, r, q]
                    db[f] += error
                    for c in range(channels):
                        for i in range(kh):
                            for j in range(kw):
                                dpadded[n, c, r * down + i, q * across + j] += error * w[f, c, i, j]
                                dw[f, c, i, j] += error * padded[n, c, r * down + i, q * across + j]
    return windows.inside(dpadded).copy(), dw, db
