"""Every other layer, forward and backward, against torch in float64, over random shapes and settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from support.torch_oracle import assert_same, by_torch, properties

from course_lib import nn

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)
small = st.integers(1, 4)
images = st.tuples(small, small, st.integers(1, 6), st.integers(1, 6))
any_shape = st.one_of(st.tuples(small, small), images)


@properties
@given(seeds, small, small, small, st.booleans())
def test_dense(rng: np.random.Generator, n: int, d: int, m: int, bias: bool) -> None:
    x, w, b = rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=m) if bias else None
    y, dy, gradients = by_torch(F.linear, rng, x, w, b)
    ours, cache = nn.dense_forward(x, w, b)
    assert_same([ours, *nn.dense_backward(dy, cache)], [y, *gradients])


def pool_options(rng: np.random.Generator, kernel: tuple[int, int]) -> dict[str, Any]:
    return {
        "stride": tuple(int(s) for s in rng.integers(1, 4, 2)),
        "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel),
    }


@properties
@given(seeds, images, st.tuples(small, small), st.booleans())
def test_max_pooling(rng: np.random.Generator, shape: tuple[int, ...], kernel: tuple[int, int], ties: bool) -> None:
    options = pool_options(rng, kernel) | {"dilation": tuple(int(d) for d in rng.integers(1, 3, 2))}
    fits = [
        size + 2 * p >= d * (k - 1) + 1
        for size, p, d, k in zip(shape[2:], options["padding"], options["dilation"], kernel, strict=True)
    ]
    assume(all(fits))
    x = rng.integers(0, 3, shape).astype(float) if ties else rng.normal(size=shape)
    try:
        ours, cache = nn.max_pool_forward(x, kernel, **options)
    except ValueError as error:  # torch answers -inf, and its backward pass writes outside of its memory
        if "a window that holds only padding" not in str(error):
            raise
        reject()
    y, dy, gradients = by_torch(lambda x: F.max_pool2d(x, kernel, **options), rng, x)
    assert_same([ours, nn.max_pool_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images, st.tuples(small, small), st.booleans())
def test_average_pooling(rng: np.random.Generator, shape: tuple[int, ...], kernel: tuple[int, int], pad: bool) -> None:
    options = pool_options(rng, kernel)
    assume(all(size + 2 * p >= k for size, p, k in zip(shape[2:], options["padding"], kernel, strict=True)))
    x = rng.normal(size=shape)
    y, dy, gradients = by_torch(lambda x: F.avg_pool2d(x, kernel, count_include_pad=pad, **options), rng, x)
    ours, cache = nn.average_pool_forward(x, kernel, count_include_pad=pad, **options)
    assert_same([ours, nn.average_pool_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images)
def test_global_pooling(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    x = rng.normal(size=shape)
    y, dy, gradients = by_torch(lambda x: x.mean(dim=(2, 3)), rng, x)
    ours, cache = nn.global_average_pool_forward(x)
    assert_same([ours, nn.global_average_pool_backward(dy, cache)], [y, *gradients])
    y, dy, gradients = by_torch(lambda x: F.adaptive_max_pool2d(x, 1)[:, :, 0, 0], rng, x)
    ours, largest = nn.global_max_pool_forward(x)
    assert_same([ours, nn.global_max_pool_backward(dy, largest)], [y, *gradients])


@properties
@given(seeds, any_shape, st.sampled_from([1.0, 30.0, 1000.0]))
def test_activations(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> None:
    x = rng.normal(size=shape) * scale
    x.flat[0] = 0.0  # at the kink, torch too takes the slope of the left side
    for f, forward, backward in (
        (torch.sigmoid, nn.sigmoid_forward, nn.sigmoid_backward),
        (torch.tanh, nn.tanh_forward, nn.tanh_backward),
        (torch.relu, nn.relu_forward, nn.relu_backward),
        (lambda x: F.leaky_relu(x, 0.2), lambda x: nn.leaky_relu_forward(x, 0.2), nn.leaky_relu_backward),
        (
            lambda x: F.rrelu(x, training=False),
            lambda x: nn.rrelu_forward(x, training=False),
            nn.leaky_relu_backward,
        ),
    ):
        y, dy, gradients = by_torch(f, rng, x)
        ours, cache = forward(x)
        assert_same([ours, backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, any_shape, st.booleans())
def test_prelu(rng: np.random.Generator, shape: tuple[int, ...], shared: bool) -> None:
    x, slope = rng.normal(size=shape), rng.normal(size=1 if shared else shape[1])
    y, dy, gradients = by_torch(F.prelu, rng, x, slope)
    ours, cache = nn.prelu_forward(x, slope)
    assert_same([ours, *nn.prelu_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, any_shape, st.data(), st.sampled_from([0.1, 1.0, 7.0]), st.sampled_from([1.0, 1000.0]))
def test_softmax_and_its_logarithm(
    rng: np.random.Generator, shape: tuple[int, ...], data: st.DataObject, temperature: float, scale: float
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = rng.normal(size=shape) * scale
    for f, forward, backward in (
        (F.softmax, nn.softmax_forward, nn.softmax_backward),
        (F.log_softmax, nn.log_softmax_forward, nn.log_softmax_backward),
    ):
        y, dy, gradients = by_torch(lambda x, f=f: f(x / temperature, dim=axis), rng, x)
        ours, cache = forward(x, axis=axis, temperature=temperature)
        assert_same([ours, backward(dy, cache)], [y, *gradients])


@properties
@given(
    seeds,
    st.one_of(st.tuples(small, small), st.tuples(small, small, small), images),
    st.sampled_from(["mean", "sum", "none"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1.0, 1000.0]),
)
def test_softmax_cross_entropy(
    rng: np.random.Generator, shape: tuple[int, ...], reduction: str, weighted: bool, ignoring: bool, scale: float
) -> None:
    classes = shape[1]
    logits = rng.normal(size=shape) * scale
    labels = rng.integers(0, classes, (shape[0], *shape[2:]))
    ignored = int(rng.integers(0, classes)) if ignoring else None
    assume(ignored is None or (labels != ignored).any())
    weights = rng.uniform(0.1, 2, classes) if weighted else None
    y, dy, gradients = by_torch(
        lambda x: F.cross_entropy(
            x,
            torch.tensor(labels),
            weight=None if weights is None else torch.tensor(weights),
            ignore_index=-100 if ignored is None else ignored,
            reduction=reduction,
        ),
        rng,
        logits,
    )
    loss, cache = nn.softmax_cross_entropy_forward(
        logits, labels, class_weights=weights, ignore_index=ignored, reduction=reduction
    )
    assert_same([loss, nn.softmax_cross_entropy_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, small, st.integers(2, 5), st.sampled_from(["mean", "sum", "none"]))
def test_cross_entropy_of_probabilities(rng: np.random.Generator, n: int, classes: int, reduction: str) -> None:
    p, targets = rng.dirichlet(np.ones(classes), n), rng.dirichlet(np.ones(classes), n)

    def by_definition(p: torch.Tensor) -> torch.Tensor:
        losses = -(torch.tensor(targets) * p.log()).sum(dim=1)
        return losses if reduction == "none" else getattr(losses, reduction)()

    y, dy, gradients = by_torch(by_definition, rng, p)
    loss, cache = nn.cross_entropy_forward(p, targets, reduction=reduction)
    assert_same([loss, nn.cross_entropy_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, any_shape, st.sampled_from(["mean", "sum", "none"]), st.sampled_from([1.0, 1000.0]))
def test_binary_cross_entropy(rng: np.random.Generator, shape: tuple[int, ...], reduction: str, scale: float) -> None:
    logits, targets = rng.normal(size=shape) * scale, rng.random(shape)
    y, dy, gradients = by_torch(
        lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(targets), reduction=reduction),
        rng,
        logits,
    )
    loss, cache = nn.binary_cross_entropy_forward(logits, targets, reduction=reduction)
    assert_same([loss, nn.binary_cross_entropy_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, any_shape, st.sampled_from([1e-5, 0.1]))
def test_batch_norm(rng: np.random.Generator, shape: tuple[int, ...], eps: float) -> None:
    shape = (shape[0] + 1, *shape[1:])
    c = shape[1]
    x, gamma, beta = rng.normal(2, 3, size=shape), rng.normal(size=c), rng.normal(size=c)
    mean, variance = rng.normal(size=c), rng.uniform(0.5, 2, c)
    running = torch.tensor(mean), torch.tensor(variance)
    y, dy, gradients = by_torch(
        lambda x, g, b: F.batch_norm(x, *running, g, b, training=True, momentum=0.3, eps=eps),
        rng,
        x,
        gamma,
        beta,
    )
    ours, cache = nn.batch_norm_forward(x, gamma, beta, eps=eps)
    assert_same([ours, *nn.batch_norm_backward(dy, cache)], [y, *gradients])
    moved = nn.running_statistics(mean, variance, cache, momentum=0.3)
    assert_same(list(moved), [t.numpy() for t in running])
    y, dy, gradients = by_torch(
        lambda x, g, b: F.batch_norm(x, *running, g, b, training=False, eps=eps), rng, x, gamma, beta
    )
    ours, cache = nn.batch_norm_inference(x, gamma, beta, *moved, eps=eps)
    assert_same([ours, *nn.batch_norm_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, any_shape, st.data())
def test_layer_norm(rng: np.random.Generator, shape: tuple[int, ...], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(shape) - 1))
    x, gamma, beta = rng.normal(2, 3, size=shape), rng.normal(size=shape[first:]), rng.normal(size=shape[first:])
    y, dy, gradients = by_torch(lambda x, g, b: F.layer_norm(x, shape[first:], g, b, eps=1e-3), rng, x, gamma, beta)
    ours, cache = nn.layer_norm_forward(x, gamma, beta, eps=1e-3)
    assert_same([ours, *nn.layer_norm_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images, st.integers(1, 3))
def test_group_norm(rng: np.random.Generator, shape: tuple[int, ...], groups: int) -> None:
    shape = (shape[0], shape[1] * groups, *shape[2:-1], shape[-1] + 1)  # torch wants more than one value a channel
    x, gamma, beta = rng.normal(2, 3, size=shape), rng.normal(size=shape[1]), rng.normal(size=shape[1])
    y, dy, gradients = by_torch(lambda x, g, b: F.group_norm(x, groups, g, b, eps=1e-3), rng, x, gamma, beta)
    ours, cache = nn.group_norm_forward(x, gamma, beta, groups, eps=1e-3)
    assert_same([ours, *nn.group_norm_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images)
def test_instance_norm(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    shape = (*shape[:3], shape[3] + 1)  # torch wants more than one value a channel
    x, gamma, beta = rng.normal(2, 3, size=shape), rng.normal(size=shape[1]), rng.normal(size=shape[1])
    y, dy, gradients = by_torch(lambda x, g, b: F.instance_norm(x, weight=g, bias=b, eps=1e-3), rng, x, gamma, beta)
    ours, cache = nn.instance_norm_forward(x, gamma, beta, eps=1e-3)
    assert_same([ours, *nn.group_norm_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images, st.sampled_from([1, 3, 5, 9]))
def test_local_response_norm(rng: np.random.Generator, shape: tuple[int, ...], size: int) -> None:
    x = rng.normal(size=shape)
    y, dy, gradients = by_torch(lambda x: F.local_response_norm(x, size, alpha=0.5, beta=0.7, k=1.5), rng, x)
    ours, cache = nn.local_response_norm_forward(x, size, alpha=0.5, beta=0.7, k=1.5)
    assert_same([ours, nn.local_response_norm_backward(dy, cache)], [y, *gradients])


@properties
@given(seeds, images)
def test_flatten(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    x = rng.normal(size=shape)
    y, dy, gradients = by_torch(lambda x: x.flatten(1), rng, x)
    ours, cache = nn.flatten_forward(x)
    assert_same([ours, nn.flatten_backward(dy, cache)], [y, *gradients])
