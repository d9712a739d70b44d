"""What a convolution needs in memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from course_lib import nn

SHAPES = {  # images, kernels, stride: the shapes of benchmarks/layers.py
    "64,3,32,32 k3 f32": ((64, 3, 32, 32), (32, 3, 3, 3), 1),
    "64,32,32,32 k3 f32": ((64, 32, 32, 32), (32, 32, 3, 3), 1),
    "64,64,16,16 k3 f64": ((64, 64, 16, 16), (64, 64, 3, 3), 1),
    "32,3,32,32 k5 f6": ((32, 3, 32, 32), (6, 3, 5, 5), 1),
    "100,3,31,31 k3 s2 f25": ((100, 3, 31, 31), (25, 3, 3, 3), 2),
}


@pytest.mark.parametrize("name", SHAPES)
def test_peak_memory_is_at_most_one_and_a_half_column_matrices(name: str, rng: np.random.Generator) -> None:
    x_shape, w_shape, stride = SHAPES[name]
    x, w = rng.normal(size=x_shape).astype(np.float32), rng.normal(size=w_shape).astype(np.float32)
    y, _ = nn.conv_forward(x, w, stride=stride)
    dy = np.ones_like(y)
    columns = x.itemsize * w[0].size * y[:, 0].size
    del y
    tracemalloc.start()
    y, cache = nn.conv_forward(x, w, stride=stride)
    gradients = nn.conv_backward(dy, cache)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert y.nbytes < peak  # all is counted: results, cache and what was given back in between
    assert gradients[0].shape == x.shape
    assert peak <= 1.5 * columns
