"""Bad input to every layer but convolution: a sentence that names argument, shape and rule. And worked examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib import nn

rows, maps, ones = np.ones((2, 3)), np.ones((2, 3, 4, 4)), np.ones(3)
labels = np.array([0, 2])


def cache_of(result: tuple[Any, Any]) -> Any:
    return result[1]


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: nn.dense_forward(maps, np.ones((4, 3))), r"dense_forward: x has shape \(2, 3, 4, 4\), 4 axes.*\(N, D\)"),
    (lambda: nn.dense_forward(rows, np.ones((4, 2))), r"x has shape \(2, 3\) and w has shape \(4, 2\)"),
    (lambda: nn.dense_forward(rows, np.ones((4, 3)), ones), r"b has shape \(3,\); it must be \(4,\)"),
    (lambda: nn.dense_backward(rows, cache_of(nn.dense_forward(rows, np.ones((4, 3))))), r"dy has shape \(2, 3\)"),
    (lambda: nn.flatten_forward(rows, 3), r"x has shape \(2, 3\); axis is 3"),
    (lambda: nn.flatten_backward(np.ones((2, 5)), (2, 3)), r"dy has shape \(2, 5\); it must be \(2, 3\)"),
    (lambda: nn.max_pool_forward(rows, 2), r"max_pool_forward: x has shape \(2, 3\), 2 axes"),
    (lambda: nn.max_pool_forward(maps, 5), r"the kernel spans \(5, 5\)"),
    (lambda: nn.max_pool_forward(maps, 2, stride=0), r"stride is 0"),
    (lambda: nn.max_pool_forward(maps.astype(int), 2), r"dtype int64; it must hold floats"),
    (lambda: nn.max_pool_forward(maps, 1, padding=1), r"x has shape .* a window that holds only padding"),
    (lambda: nn.average_pool_forward(maps, (1, 2), padding=(1, 0)), r"a window that holds only padding"),
    (lambda: nn.max_pool_backward(maps, cache_of(nn.max_pool_forward(maps, 2))), r"it must be \(2, 3, 2, 2\)"),
    (lambda: nn.average_pool_backward(maps, cache_of(nn.average_pool_forward(maps, 2))), r"must be \(2, 3, 2, 2\)"),
    (lambda: nn.global_average_pool_forward(rows), r"x has shape \(2, 3\), 2 axes"),
    (lambda: nn.global_max_pool_backward(maps, cache_of(nn.global_max_pool_forward(maps))), r"must be \(2, 3\)"),
    (lambda: nn.GlobalPool("min"), "kind is 'min'"),  # type: ignore[arg-type]  # what this test is about
    (lambda: nn.relu_forward(labels), r"x has shape \(2,\) and dtype int64"),
    (lambda: nn.relu_backward(maps, cache_of(nn.relu_forward(rows))), r"dy has shape .*; it must be \(2, 3\)"),
    (lambda: nn.sigmoid_backward(maps, cache_of(nn.sigmoid_forward(rows))), r"dy has shape .*; it must be \(2, 3\)"),
    (lambda: nn.prelu_forward(rows, np.ones(2)), r"slope has shape \(2,\) and x has shape \(2, 3\)"),
    (lambda: nn.rrelu_forward(rows), "rng is None"),
    (lambda: nn.rrelu_forward(rows, lower=2, upper=1), "lower is 2 and upper is 1"),
    (lambda: nn.softmax_forward(rows, axis=2), r"x has shape \(2, 3\); axis is 2"),
    (lambda: nn.softmax_forward(rows, temperature=0), "temperature is 0; it must be positive"),
    (lambda: nn.softmax_jacobian(rows), r"y has shape \(2, 3\)"),
    (lambda: nn.softmax_cross_entropy_forward(rows, np.array([0, 3])), r"values from 0 to 3; with 3 classes"),
    (lambda: nn.softmax_cross_entropy_forward(rows, np.array([0, -1])), r"values from -1 to 0"),
    (lambda: nn.softmax_cross_entropy_forward(rows, ones[:2]), r"labels has shape \(2,\) and dtype float64"),
    (lambda: nn.softmax_cross_entropy_forward(rows, labels[:1]), r"labels has shape \(1,\); it must be \(2,\)"),
    (lambda: nn.softmax_cross_entropy_forward(rows, labels, class_weights=ones[:2]), r"class_weights has shape \(2,\)"),
    (lambda: nn.softmax_cross_entropy_forward(rows, labels * 0, ignore_index=0), "all weigh nothing"),
    (lambda: nn.softmax_cross_entropy_forward(rows, labels, reduction="max"), "reduction is 'max'"),  # type: ignore[arg-type]  # what this test is about
    (lambda: nn.nll_forward(ones, labels), r"log_p has shape \(3,\); it must be \(N, C, ...\)"),
    (lambda: nn.nll_backward(np.ones(5), cache_of(nn.nll_forward(rows, labels))), r"dloss has shape \(5,\)"),
    (lambda: nn.one_hot(labels, 2), "with 2 classes"),
    (lambda: nn.cross_entropy_forward(2 * rows, rows), r"p has shape \(2, 3\); it must be \(N, C\), with prob"),
    (lambda: nn.cross_entropy_forward(rows, rows[:1]), r"targets has shape \(1, 3\); it must be \(2, 3\)"),
    (lambda: nn.binary_cross_entropy_forward(rows, 2 * rows), r"targets has shape \(2, 3\); they must lie from 0"),
    (lambda: nn.binary_cross_entropy_forward(rows, ones), r"targets has shape \(3,\); it must be \(2, 3\)"),
    (lambda: nn.binary_cross_entropy_forward(rows, rows, reduction="max"), "reduction is 'max'"),  # type: ignore[arg-type]  # what this test is about
    (
        lambda: nn.binary_cross_entropy_backward(ones, cache_of(nn.binary_cross_entropy_forward(rows, rows))),
        r"dloss has shape \(3,\)",
    ),
    (lambda: nn.dropout_forward(rows, 1.0), "p is 1.0; it is the probability to drop"),
    (lambda: nn.dropout_forward(rows, 0.5), "rng is None"),
    (lambda: nn.dropout_forward(rows, 0.5, convention="x"), "convention is 'x'"),  # type: ignore[arg-type]  # what this test is about
    (lambda: nn.batch_norm_forward(np.ones((2, 3, 4)), ones, ones), r"x has shape \(2, 3, 4\); it must be \(N, C\) or"),
    (lambda: nn.batch_norm_forward(rows, ones[:2], ones), r"gamma has shape \(2,\); it must be \(3,\)"),
    (lambda: nn.batch_norm_forward(rows[:1], ones, ones), r"x has shape \(1, 3\); a channel needs at least two"),
    (lambda: nn.batch_norm_inference(rows, ones, ones, ones, ones[:1]), r"variance has shape \(1,\)"),
    (lambda: nn.layer_norm_forward(rows, ones[:2], ones[:2]), r"gamma has shape \(2,\) and x has shape \(2, 3\)"),
    (lambda: nn.layer_norm_forward(rows, ones, ones[:2]), r"beta has shape \(2,\)"),
    (lambda: nn.group_norm_forward(maps, ones, ones, 2), r"x has shape .*; its channels must divide into groups=2"),
    (lambda: nn.group_norm_forward(maps, ones, ones[:2], 3), r"beta has shape \(2,\)"),
    (lambda: nn.instance_norm_forward(ones, ones, ones), r"x has shape \(3,\)"),
    (lambda: nn.GroupNorm(2, 3), "channels is 3; it must divide into groups=2"),
    (lambda: nn.local_response_norm_forward(maps, 4), "size is 4; it must be odd"),
    (lambda: nn.local_response_norm_forward(rows), r"x has shape \(2, 3\)"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_bad_input_is_named(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


MAP = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]], dtype=float)


@pytest.mark.covers("B01")
def test_pooling_of_the_small_map() -> None:
    average, _ = nn.average_pool_forward(MAP[None, None], 3, stride=1)
    largest, _ = nn.max_pool_forward(MAP[None, None], 3, stride=1)
    np.testing.assert_array_equal(average.round(1)[0, 0], [[1.7, 1.7, 1.7], [1.0, 1.2, 1.8], [1.1, 0.8, 1.3]])
    np.testing.assert_array_equal(largest[0, 0], [[3, 3, 3], [3, 3, 3], [3, 2, 3]])


@pytest.mark.covers("G14")
def test_error_signals_through_pooling() -> None:
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, [0, 1, 2, 3], [0, 3, 1, 2]] = 1
    delta = np.array([[[[2.0, 8.0], [4.0, 6.0]]]])
    upsampled = nn.max_pool_backward(delta, nn.max_pool_forward(x, 2)[1])
    np.testing.assert_array_equal(upsampled[0, 0], [[2, 0, 0, 0], [0, 0, 0, 8], [0, 4, 0, 0], [0, 0, 6, 0]])
    shared = nn.average_pool_backward(delta, nn.average_pool_forward(x, 2)[1])
    np.testing.assert_array_equal(shared[0, 0], np.kron(delta[0, 0], np.full((2, 2), 0.25)))


def test_ties_go_to_the_first_and_nan_is_not_hidden() -> None:
    _, cache = nn.max_pool_forward(np.ones((1, 1, 2, 2)), 2)
    np.testing.assert_array_equal(nn.max_pool_backward(np.ones((1, 1, 1, 1)), cache)[0, 0], [[1, 0], [0, 0]])
    assert np.isnan(nn.max_pool_forward(np.array([[[[1.0, np.nan]]]]), (1, 2))[0]).all()


def test_log_of_zero_and_softmax_of_a_thousand() -> None:
    p = np.array([[0.0, 1.0]])
    with np.errstate(all="raise"):
        assert nn.cross_entropy_forward(p, np.array([[1.0, 0.0]]))[0] == np.inf
        loss, cache = nn.cross_entropy_forward(p, p)
        assert loss == 0
        np.testing.assert_array_equal(nn.cross_entropy_backward(1.0, cache), [[0.0, -1.0]])
    logits = np.array([[1000.0, 0.0, -1000.0]])
    np.testing.assert_array_equal(nn.softmax_forward(logits)[0], [[1.0, 0.0, 0.0]])
    assert nn.softmax_cross_entropy_forward(logits, np.array([2]))[0] == 2000


def test_softmax_jacobian_times_error_is_the_backward_pass() -> None:
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    y, cache = nn.softmax_forward(x, temperature=3.0)
    jacobian = nn.softmax_jacobian(y[0], temperature=3.0)
    np.testing.assert_allclose(jacobian @ dy[0], nn.softmax_backward(dy, cache)[0], rtol=1e-12)
    one_hot = nn.one_hot(np.array([[1, 0]]), 3)
    np.testing.assert_array_equal(one_hot, [[[0, 1], [1, 0], [0, 0]]])


def test_float32_stays_float32() -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype(np.float32)
    gamma = np.ones(4, np.float32)
    results = [
        (nn.max_pool_forward(x, 2), nn.max_pool_backward),
        (nn.average_pool_forward(x, 2, count_include_pad=False, padding=1), nn.average_pool_backward),
        (nn.global_average_pool_forward(x), nn.global_average_pool_backward),
        (nn.global_max_pool_forward(x), nn.global_max_pool_backward),
        (nn.sigmoid_forward(x), nn.sigmoid_backward),
        (nn.tanh_forward(x), nn.tanh_backward),
        (nn.relu_forward(x), nn.relu_backward),
        (nn.leaky_relu_forward(x), nn.leaky_relu_backward),
        (nn.rrelu_forward(x, np.random.default_rng(0)), nn.leaky_relu_backward),
        (nn.prelu_forward(x, gamma), nn.prelu_backward),
        (nn.softmax_forward(x, temperature=2.0), nn.softmax_backward),
        (nn.log_softmax_forward(x), nn.log_softmax_backward),
        (nn.batch_norm_forward(x, gamma, gamma), nn.batch_norm_backward),
        (nn.batch_norm_inference(x, gamma, gamma, gamma, gamma), nn.batch_norm_backward),
        (nn.layer_norm_forward(x, np.ones(6, np.float32), np.ones(6, np.float32)), nn.layer_norm_backward),
        (nn.group_norm_forward(x, gamma, gamma, 2), nn.group_norm_backward),
        (nn.local_response_norm_forward(x), nn.local_response_norm_backward),
        (nn.dropout_forward(x, 0.5, np.random.default_rng(0)), nn.dropout_backward),
        (nn.flatten_forward(x), nn.flatten_backward),
    ]
    for (y, cache), backward in results:
        gradients = backward(np.ones_like(y), cache)
        for array in (y, *(gradients if isinstance(gradients, tuple) else (gradients,))):
            assert array.dtype == np.float32, backward.__name__
    labels = np.zeros((2, 5, 6), int)
    for reduction in ("mean", "sum", "none"):
        loss, cache = nn.softmax_cross_entropy_forward(x, labels, reduction=reduction)
        assert loss.dtype == nn.softmax_cross_entropy_backward(np.ones_like(loss), cache).dtype == np.float32
        loss, cache = nn.binary_cross_entropy_forward(x, np.ones_like(x), reduction=reduction)
        assert loss.dtype == nn.binary_cross_entropy_backward(np.ones_like(loss), cache).dtype == np.float32
