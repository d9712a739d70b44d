"""What holds for normalization whatever the numbers: mean and variance, shift and scale, one norm as another's case."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.torch_oracle import assert_same, properties

from course_lib import nn
from course_lib.nn.arguments import Array

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)
# Enough values under each mean: with two, x_hat is -1 and 1 whatever x was, and its gradient only rounding.
shapes = st.tuples(st.integers(2, 4), st.sampled_from([2, 4, 6]), st.integers(2, 4), st.integers(2, 4))


def _plain_layer_norm(x: Array, eps: float) -> tuple[Array, object]:
    return nn.layer_norm_forward(x, np.ones(x.shape[1:]), np.zeros(x.shape[1:]), eps=eps)


def _by_channel(forward: Callable[..., tuple[Array, object]], *settings: int) -> Callable[..., tuple[Array, object]]:
    def plain(x: Array, eps: float) -> tuple[Array, object]:
        return forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), *settings, eps=eps)

    return plain


# Each norm without gamma and beta, the view of x in which one mean has an axis of its own, and that axis.
NORMS = {
    "batch": (_by_channel(nn.batch_norm_forward), nn.batch_norm_backward, lambda a: np.moveaxis(a, 1, 0)),
    "layer": (_plain_layer_norm, nn.layer_norm_backward, lambda a: a),
    "group": (_by_channel(nn.group_norm_forward, 2), nn.group_norm_backward, lambda a: a.reshape(2 * len(a), -1)),
    "instance": (
        _by_channel(nn.instance_norm_forward),
        nn.group_norm_backward,
        lambda a: a.reshape(a.shape[0] * a.shape[1], -1),
    ),
}


def _rows(name: str, a: Array) -> Array:
    """One row for all numbers that share a mean."""
    view = NORMS[name][2](a)
    return view.reshape(len(view), -1)


@pytest.mark.parametrize("name", NORMS)
@properties
@given(seeds, shapes)
def test_mean_0_and_variance_1(name: str, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    y = _rows(name, NORMS[name][0](rng.normal(2, 3, shape), 0.0)[0])
    assert_same([y.mean(1), y.var(1)], [np.zeros(len(y)), np.ones(len(y))], 1e-9)


@pytest.mark.parametrize("name", NORMS)
@properties
@given(seeds, shapes, st.floats(0.1, 10), st.floats(-5, 5))
def test_shift_and_scale_do_not_matter(
    name: str, rng: np.random.Generator, shape: tuple[int, ...], scale: float, shift: float
) -> None:
    forward, x = NORMS[name][0], rng.normal(2, 3, shape)
    assert_same([forward(scale * x + shift, 0.0)[0]], [forward(x, 0.0)[0]], 1e-8)


@pytest.mark.parametrize("name", NORMS)
@properties
@given(seeds, shapes)
def test_no_error_comes_back_along_a_shift_or_a_scale(
    name: str, rng: np.random.Generator, shape: tuple[int, ...]
) -> None:
    forward, backward, _ = NORMS[name]
    x, dy = rng.normal(2, 3, shape), rng.normal(size=shape)
    y, cache = forward(x, 0.0)
    dx, *_ = backward(dy, cache)
    rows = _rows(name, dx)
    along = (rows * _rows(name, x)).sum(1)
    assert_same([rows.sum(1), along], [np.zeros(len(rows)), np.zeros(len(rows))], 1e-8)
    more, *_ = backward(dy + 3 + 2 * y, cache)
    assert_same([more], [dx], 1e-8)


@properties
@given(seeds, shapes, st.sampled_from([1e-5, 0.3]))
def test_layer_and_instance_norm_are_cases_of_group_norm(
    rng: np.random.Generator, shape: tuple[int, ...], eps: float
) -> None:
    x, c = rng.normal(2, 3, shape), shape[1]
    gamma, beta, ones, zeros = rng.normal(size=c), rng.normal(size=c), np.ones(shape[1:]), np.zeros(shape[1:])
    by_channel = gamma[:, None, None] * ones, beta[:, None, None] + zeros
    assert_same(
        [nn.group_norm_forward(x, gamma, beta, 1, eps=eps)[0], nn.group_norm_forward(x, gamma, beta, c, eps=eps)[0]],
        [nn.layer_norm_forward(x, *by_channel, eps=eps)[0], nn.instance_norm_forward(x, gamma, beta, eps=eps)[0]],
    )


@properties
@given(seeds, shapes, st.sampled_from([1e-5, 0.3]))
def test_batch_norm_folds_into_the_convolution_before_it(
    rng: np.random.Generator, shape: tuple[int, ...], eps: float
) -> None:
    x, w, b = rng.normal(2, 3, shape), rng.normal(size=(5, shape[1], 2, 1)), rng.normal(size=5)
    gamma, beta, mean, variance = *rng.normal(2, 3, (3, 5)), rng.uniform(0.1, 5, 5)
    expected, _ = nn.batch_norm_inference(nn.conv_forward(x, w, b)[0], gamma, beta, mean, variance, eps=eps)
    factor = gamma / np.sqrt(variance + eps)
    folded, _ = nn.conv_forward(x, factor[:, None, None, None] * w, factor * (b - mean) + beta)
    assert_same([folded], [expected], 1e-9)


def test_each_layer_keeps_averages_of_its_own_and_evaluation_moves_none(rng: np.random.Generator) -> None:
    first, second = nn.BatchNorm(3, dtype=np.float64), nn.BatchNorm(3, dtype=np.float64)
    first.forward(rng.normal(2, 3, (4, 3)))
    assert_same([second.running_mean, second.running_variance], [np.zeros(3), np.ones(3)])
    kept = first.running_mean.copy(), first.running_variance.copy()
    first.training = False
    first.forward(rng.normal(2, 3, (4, 3)))
    assert_same([first.running_mean, first.running_variance], list(kept))
