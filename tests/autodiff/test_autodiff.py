"""The automatic differentiation engine: values and error signals against torch, differences and hand computation."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import autodiff as ad
from course_lib.autodiff import Node

properties = settings(max_examples=100, deadline=None, derandomize=True)
sizes = st.integers(1, 3)


@pytest.mark.covers("G05")
def test_add_and_multiply_nodes() -> None:
    a, b, d = Node(2.0, name="a"), Node(1.0, name="b"), Node(3.0, name="d")
    c = ad.add(a, b)
    e = ad.multiply(c, d)
    e.backward()
    assert e.value == 9
    assert [node.grad for node in (e, c, d, a, b)] == [1, 3, 3, 3, 3]


@pytest.mark.covers("G04")
def test_the_multivariate_chain_rule() -> None:
    t = Node(0.7)
    x, y = ad.cos(t), t**2
    (y + ad.exp(x * y)).backward()
    cos, sin, u = math.cos(0.7), math.sin(0.7), math.exp(math.cos(0.7) * 0.49)
    assert t.grad == pytest.approx((0.49 * u) * -sin + (1 + cos * u) * 1.4, rel=1e-12)


def test_fan_out_adds_up() -> None:
    x = Node(3.0)
    y = x * x + x
    z = y * y + y  # y is used three times, and is no leaf
    z.backward()
    assert (y.grad, x.grad) == (25, 25 * 7)
    x = Node(5.0)
    (x - x).backward()
    assert x.grad == 0


def test_each_backward_begins_anew() -> None:
    x = Node(2.0)
    y = x * x
    z = y * 3
    z.backward()
    z.backward()
    assert x.grad == 12
    y.backward()
    assert x.grad == 4


def test_a_shared_node_is_visited_once() -> None:
    x = Node(1.0)
    for _ in range(60):  # 2^60 paths
        x = x + x
    assert len(ad.topological_order(x)) == 61
    x.backward()


def test_parents_come_before_children() -> None:
    rng = np.random.default_rng(0)
    nodes = [Node(1.0) for _ in range(5)]
    for _ in range(200):
        i, j = rng.integers(0, len(nodes), 2)
        nodes.append(nodes[i] + nodes[j])
    order = ad.topological_order(nodes[-1])
    place = {id(node): number for number, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[id(parent)] < place[id(node)] for node in order for parent in node.parents)


def test_a_chain_of_a_hundred_thousand_nodes() -> None:
    x = Node(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    y.backward()
    assert x.grad == 1
    assert y.value == pytest.approx(2)
    del y
    gc.collect()  # taking the chain apart must not end in a stack overflow either


Pair = tuple[Callable[..., Any], Callable[..., Any]]
BINARY: list[Pair] = [
    (lambda a, b: a + b, lambda a, b: a + b),
    (lambda a, b: a - b, lambda a, b: a - b),
    (lambda a, b: a * b, lambda a, b: a * b),
    (lambda a, b: a / b, lambda a, b: a / b),
]


@st.composite
def broadcastable(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    full = draw(st.lists(sizes, max_size=4))
    shapes = []
    for _ in range(2):
        some = [draw(st.sampled_from([size, 1])) for size in full]
        shapes.append(tuple(some[draw(st.integers(0, len(some))) :]))
    return shapes[0], shapes[1]


@properties
@given(broadcastable(), st.sampled_from(BINARY), st.integers(0, 2**32 - 1))
def test_arithmetic_with_broadcasting(shapes: Any, functions: Pair, seed: int) -> None:
    rng = np.random.default_rng(seed)
    compare(rng, functions, *(rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape) for shape in shapes))


def logsumexp(a: Any, axis: Any) -> Any:
    return ad.log(ad.sum(ad.exp(a), axis))


UNARY: list[Pair] = [
    (ad.exp, torch.exp),
    (lambda a: ad.log(a * a + 0.1), lambda a: torch.log(a * a + 0.1)),
    (ad.sin, torch.sin),
    (ad.cos, torch.cos),
    (ad.tanh, torch.tanh),
    (ad.sigmoid, torch.sigmoid),
    (ad.relu, torch.relu),
    (lambda a: -a, torch.neg),
    (lambda a: (a * a + 0.1) ** -1.5, lambda a: (a * a + 0.1) ** -1.5),
    (lambda a: a**2, lambda a: a**2),
    (lambda a: 2 - a, lambda a: 2 - a),
    (lambda a: 2 / (a * a + 1), lambda a: 2 / (a * a + 1)),
    (lambda a: np.ones(3) * ad.sum(a), lambda a: torch.ones(3, dtype=torch.float64) * a.sum()),
    (ad.transpose, lambda a: a.permute(*reversed(range(a.ndim)))),
    (lambda a: ad.reshape(a, (-1,)), lambda a: a.reshape(-1)),
    (lambda a: ad.take(a, (0, ...)), lambda a: a[0]),
    (lambda a: ad.take(a, [0, 0]), lambda a: a[[0, 0]]),
    (lambda a: logsumexp(a, -1), lambda a: a.logsumexp(-1)),
]
REDUCTIONS = [(ad.sum, torch.sum), (ad.mean, torch.mean), (ad.max, torch.amax)]


@properties
@given(st.lists(sizes, min_size=1, max_size=3), st.sampled_from(UNARY), st.integers(0, 2**32 - 1))
def test_functions(shape: list[int], functions: Pair, seed: int) -> None:
    rng = np.random.default_rng(seed)
    compare(rng, functions, rng.normal(size=shape))


@properties
@given(st.lists(sizes, min_size=1, max_size=3), st.sampled_from(REDUCTIONS), st.data(), st.booleans())
def test_reductions(shape: list[int], functions: Pair, data: st.DataObject, keepdims: bool) -> None:
    ours, theirs = functions
    axes = st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True).map(tuple)
    axis = data.draw(st.one_of(axes, st.integers(-len(shape), len(shape) - 1)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = rng.integers(0, 3, shape).astype(float)  # with ties
    compare(rng, (lambda a: ours(a, axis, keepdims), lambda a: theirs(a, axis, keepdims)), x)
    compare(rng, (ours, lambda a: theirs(a.reshape(-1), 0)), x)


@properties
@given(sizes, sizes, sizes, st.integers(0, 2**32 - 1))
def test_matrix_product(n: int, k: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, k)), rng.normal(size=(k, m))
    compare(rng, (lambda a, b: a @ b, lambda a, b: a @ b), a, b)
    compare(rng, (lambda b: a @ b, lambda b: torch.tensor(a) @ b), b)


def compare(rng: np.random.Generator, functions: Pair, *values: Any) -> None:
    """Value and error signals of one function, here and in torch."""
    ours = [Node(value) for value in values]
    theirs = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]
    y, expected = functions[0](*ours), functions[1](*theirs)
    np.testing.assert_allclose(y.value, expected.detach().numpy(), rtol=1e-10, atol=1e-10)
    assert y.shape == tuple(expected.shape)
    seed = np.asarray(rng.normal(size=y.shape))
    y.backward(seed)
    expected.backward(torch.tensor(seed))
    for node, tensor in zip(ours, theirs, strict=True):
        assert node.grad is not None
        assert node.grad.shape == node.shape
        np.testing.assert_allclose(node.grad, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_a_two_layer_network_learns_xor() -> None:
    rng = np.random.default_rng(0)
    x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([[0], [1], [1], [0]], dtype=float)
    parameters = [Node(rng.normal(size=shape)) for shape in ((2, 8), (8,), (8, 1), (1,))]
    w1, b1, w2, b2 = parameters
    for _ in range(500):
        y = ad.sigmoid(ad.tanh(x @ w1 + b1) @ w2 + b2)
        loss = -ad.mean(t * ad.log(y) + (1 - t) * ad.log(1 - y))
        loss.backward()
        for parameter in parameters:
            parameter.value -= 0.5 * parameter.grad
    assert loss.value < 0.05


def test_misuse_is_named() -> None:
    with pytest.raises(ValueError, match=r"output has shape \(2,\); it must be one number"):
        Node(np.ones(2)).backward()
    with pytest.raises(ValueError, match=r"seed has shape \(3,\); it must be \(2,\)"):
        Node(np.ones(2)).backward(np.ones(3))
    with pytest.raises(ValueError, match=r"a has shape \(2,\) and b has shape \(2, 2\)"):
        Node(np.ones(2)) @ np.ones((2, 2))
    with pytest.raises(TypeError, match="value is a str"):
        Node("3")  # type: ignore[arg-type]  # what this test is about
    with pytest.raises(TypeError, match="exponent is a Node"):
        Node(2.0) ** Node(2.0)  # type: ignore[operator]  # what this test is about
    assert repr(Node(2.0, name="x")) == "Node(x, 2.0)"


def texts(output: Node) -> list[str]:
    return [text.get_text() for text in ad.draw(output).axes[0].texts if text.get_text()]


def test_the_picture_shows_values_and_error_signals() -> None:
    a, b = Node(2.0, name="a"), Node(np.ones((3, 2)), name="b")
    c = ad.sum(a * b)
    c.name = "c"
    assert texts(c) == ["a", "2", "b", "array 3×2", "×", "array 3×2", "c = sum", "12"]
    c.backward()
    assert texts(c)[:3] == ["a", "2", "∂ 6"]
    assert ad.describe(c) == (
        "a: value 2, error signal 6. b: value array 3×2, error signal array 3×2. "
        "node 3 = × of a, b: value array 3×2, error signal array 3×2. c = sum of node 3: value 12, error signal 1."
    )
    assert texts(Node(1.0)) == ["constant", "1"]
    assert texts(Node(-2.5)) == ["constant", "−2.5"]


def test_no_two_nodes_of_the_picture_overlap() -> None:
    rng = np.random.default_rng(0)
    nodes = [Node(1.0) for _ in range(4)]
    for _ in range(25):
        i, j = rng.integers(max(0, len(nodes) - 8), len(nodes), 2)
        nodes.append(nodes[i] * nodes[j])
    output = nodes[-1]
    figure = ad.draw(output)
    boxes = [patch.get_bbox() for patch in figure.axes[0].patches if hasattr(patch, "get_bbox")]
    assert len(boxes) == len(ad.topological_order(output))
    assert not any(one.overlaps(two) for n, one in enumerate(boxes) for two in boxes[:n])
    arrows = [text for text in figure.axes[0].texts if not text.get_text()]
    assert len(arrows) == sum(len(node.parents) for node in ad.topological_order(output))
    assert all(arrow.xy[0] > arrow.xyann[0] for arrow in arrows)  # all from left to right


def test_a_picture_that_nobody_could_read_is_refused() -> None:
    x = Node(1.0)
    for _ in range(60):
        x = x + x
    with pytest.raises(ValueError, match="the graph has 61 nodes"):
        ad.draw(x)
