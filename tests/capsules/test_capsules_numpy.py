"""Squash, predictions, routing, margin loss and mask in NumPy, against loops, autograd and numbers by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from support import capsule_oracle as oracle

from course_lib import capsules

SHAPES = [(2, 3, 4, 5), (1, 7, 2, 3), (3, 1, 5, 1), (2, 4, 1, 2)]  # N, I, J, D


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_squash_of_a_vector_of_length_5_by_hand():
    v, _ = capsules.squash_forward(np.array([[3.0, -4.0]]))
    assert np.allclose(v, [[25 / 26 * 0.6, -25 / 26 * 0.8]], rtol=1e-15)


@pytest.mark.parametrize("length", [1e-300, 1e-8, 0.01, 1 / 3, 1.0, 2.5, 40.0, 1e6])
def test_squash_keeps_the_direction_and_maps_the_length(rng, length):
    s = rng.standard_normal((3, 4, 6))
    direction = s / np.linalg.norm(s, axis=-1, keepdims=True)
    v, _ = capsules.squash_forward(length * direction)
    assert np.allclose(np.linalg.norm(v, axis=-1), length**2 / (1 + length**2), rtol=1e-12)
    assert np.allclose(v, direction * length**2 / (1 + length**2), rtol=1e-12)
    assert (capsules.squash_forward((length * direction).astype(np.float32))[0].dtype) == np.float32


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_squash_goes_along_the_axis_that_is_named(rng, axis):
    s = rng.standard_normal((2, 3, 4))
    moved, _ = capsules.squash_forward(np.ascontiguousarray(np.moveaxis(s, axis, -1)))
    assert np.allclose(capsules.squash_forward(s, axis=axis)[0], np.moveaxis(moved, -1, axis))


def test_the_zero_vector_stays_zero_and_so_does_its_gradient():
    s = np.zeros((2, 3))
    s[1] = [0.0, 1e-200, 0.0]
    with np.errstate(all="raise", under="ignore"):
        v, cache = capsules.squash_forward(s)
        ds = capsules.squash_backward(np.ones((2, 3)), cache)
    assert not v.any()
    assert np.abs(ds).max() < 1e-100


@pytest.mark.parametrize("axis", [-1, 1])
def test_the_derivative_of_squash(rng, axis):
    s, dv = rng.standard_normal((2, 2, 5, 3))
    _, cache = capsules.squash_forward(s, axis=axis)

    def loss(x: torch.Tensor) -> torch.Tensor:
        square = (x * x).sum(axis, keepdim=True)
        return (torch.tensor(dv) * square / (1 + square) * x / square.sqrt()).sum()

    assert np.allclose(capsules.squash_backward(dv, cache), oracle.gradient(loss, s)[0], rtol=1e-10)


def test_at_length_1_only_what_is_across_the_vector_comes_back():
    """n² / (1 + n²) has slope 1/2 at 1; across, the factor is 1/2, too; far out, along the vector, nothing is left."""
    for length, along in ((1.0, 0.5), (3.0, 2 * 3 / 100), (100.0, 2e-6)):
        _, cache = capsules.squash_forward(np.array([length, 0.0]))
        ds = capsules.squash_backward(np.array([1.0, 1.0]), cache)
        assert np.allclose(ds, [along, length / (1 + length**2)], rtol=1e-3)


def test_lengths_and_their_derivative(rng):
    v, dlength = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3))
    v[0, 1] = 0
    length, cache = capsules.length_forward(v)
    assert np.allclose(length, np.linalg.norm(v, axis=-1))
    expected = oracle.gradient(lambda x: (torch.linalg.vector_norm(x, dim=-1) * torch.tensor(dlength)).sum(), v)[0]
    assert np.allclose(capsules.length_backward(dlength, cache), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_predictions_are_a_matrix_for_each_pair(rng, shape):
    n, below, above, numbers = shape
    u, w = rng.standard_normal((n, below, 3)), rng.standard_normal((below, above, numbers, 3))
    u_hat, cache = capsules.predictions_forward(u, w)
    for i in range(below):
        for j in range(above):
            assert np.allclose(u_hat[0, i, j], w[i, j] @ u[0, i])
    du_hat = rng.standard_normal(shape)
    expected = oracle.gradient(lambda a, b: (torch.einsum("ijkd,nid->nijk", b, a) * torch.tensor(du_hat)).sum(), u, w)
    for got, wanted in zip(capsules.predictions_backward(du_hat, cache), expected, strict=True):
        assert np.allclose(got, wanted)


@pytest.mark.parametrize("iterations", [1, 2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_routing_is_that_of_the_paper(rng, shape, iterations):
    u_hat = rng.standard_normal(shape)
    found, _ = capsules.routing_forward(u_hat, iterations)
    assert len(found.couplings) == len(found.logits) == len(found.outputs) == iterations
    for n, one in enumerate(u_hat):
        v, c = oracle.routed(one, iterations)
        assert np.allclose(found.v[n], v, rtol=1e-10)
        assert np.allclose(found.couplings[-1][n], c, rtol=1e-10)


def test_the_couplings_of_an_input_sum_to_1_over_the_outputs(rng):
    found, _ = capsules.routing_forward(2 * rng.standard_normal((2, 6, 4, 3)), 4)
    assert np.allclose(found.couplings[0], 1 / 4, rtol=1e-15)
    for c in found.couplings:
        assert np.abs(c.sum(axis=2) - 1).max() < 1e-6
    assert np.abs(found.couplings[-1].sum(axis=1) - 1).max() > 0.3  # and not over the inputs


def test_three_that_agree_and_one_that_does_not_by_hand():
    """Two capsules above. The first hears 1, 1, 1 and -1, the second hears 1 and -1 in turn: nothing, in all."""
    u_hat = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])[None, :, :, None]
    found, _ = capsules.routing_forward(u_hat, 2)
    assert np.allclose(found.outputs[0][0, :, 0], [0.5, 0])  # s is 2 / 2, squash(1) = 1/2; s is 0
    toward = 1 / (1 + np.exp(-0.5))  # logits 0.5 and 0 for the three, -0.5 and 0 for the fourth
    assert np.allclose(found.couplings[1][0, :, 0], [toward, toward, toward, 1 - toward])
    s = 3 * toward - (1 - toward)
    assert np.allclose(found.v[0, 0], s**2 / (1 + s**2))


def test_routing_keeps_nothing_from_one_batch_to_the_next(rng):
    u_hat = rng.standard_normal((4, 5, 3, 2))
    whole, _ = capsules.routing_forward(u_hat)
    capsules.routing_forward(10 * u_hat)
    parts = [capsules.routing_forward(part)[0].v for part in np.split(u_hat, 2)]
    assert np.allclose(whole.v, np.concatenate(parts), rtol=1e-12)


def test_capsules_above_and_below_have_no_order(rng):
    u_hat = rng.standard_normal((2, 6, 5, 3))
    v = capsules.routing_forward(u_hat)[0].v
    above, below = rng.permutation(5), rng.permutation(6)
    assert np.allclose(capsules.routing_forward(u_hat[:, :, above])[0].v, v[:, above])
    assert np.allclose(capsules.routing_forward(u_hat[:, below])[0].v, v)


def test_turned_predictions_give_turned_capsules(rng):
    u_hat = rng.standard_normal((2, 6, 5, 3))
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    v = capsules.routing_forward(u_hat)[0].v
    assert np.allclose(capsules.routing_forward(u_hat @ turn)[0].v, v @ turn)


def test_the_gradient_with_the_couplings_held(rng):
    u_hat, dv = rng.standard_normal((2, 4, 3, 5)), rng.standard_normal((2, 3, 5))
    found, cache = capsules.routing_forward(u_hat)
    c = torch.tensor(found.couplings[-1])

    def loss(x: torch.Tensor) -> torch.Tensor:
        s = (c[..., None] * x).sum(1)
        square = (s * s).sum(-1, keepdim=True)
        return (torch.tensor(dv) * square / (1 + square) * s / square.sqrt()).sum()

    assert np.allclose(capsules.routing_backward(dv, cache), oracle.gradient(loss, u_hat)[0], rtol=1e-9)


def test_margin_loss_by_hand():
    """Right and 0.7 long: 0.2². Wrong and 0.3 and 0.1 long: half of 0.2², and nothing."""
    loss, cache = capsules.margin_loss_forward(np.array([[0.7, 0.3, 0.1]]), np.array([0]))
    assert loss == pytest.approx(0.04 + 0.5 * 0.04)
    assert np.allclose(capsules.margin_loss_backward(1.0, cache), [[-0.4, 0.2, 0]])
    assert capsules.margin_loss_forward(np.array([[0.95, 0.05, 0.1]]), np.array([0]))[0] == pytest.approx(0)


@pytest.mark.parametrize("two", [False, True])
def test_margin_loss_and_its_derivative(rng, two):
    lengths = rng.random((6, 5))
    labels = rng.integers(0, 5, 6)
    present = np.eye(5)[labels] + (np.eye(5)[(labels + 2) % 5] if two else 0)
    loss, cache = capsules.margin_loss_forward(lengths, present if two else labels)
    assert loss == pytest.approx(np.mean([oracle.margin_losses(*row) for row in zip(lengths, present, strict=True)]))
    t = torch.tensor(present)

    def again(x: torch.Tensor) -> torch.Tensor:
        return (t * (0.9 - x).relu() ** 2 + 0.5 * (1 - t) * (x - 0.1).relu() ** 2).sum(1).mean()

    assert np.allclose(capsules.margin_loss_backward(3.0, cache), 3 * oracle.gradient(again, lengths)[0])


def test_the_mask_leaves_one_capsule_in_its_place(rng):
    v = rng.standard_normal((2, 3, 4))
    masked = capsules.mask_forward(v, np.array([2, 0]))
    assert np.array_equal(masked, [[*np.zeros(8), *v[0, 2]], [*v[1, 0], *np.zeros(8)]])


def test_from_the_loss_back_to_the_first_capsules(rng):
    """One chain of all parts, against autograd through one iteration, where the couplings are constants anyway."""
    u, w, labels = rng.standard_normal((3, 4, 2)), rng.standard_normal((4, 5, 3, 2)), np.array([0, 4, 2])
    u_hat, predicted = capsules.predictions_forward(u, w)
    found, route = capsules.routing_forward(u_hat, 1)
    lengths, length = capsules.length_forward(found.v)
    _, margin = capsules.margin_loss_forward(lengths, labels)
    dv = capsules.length_backward(capsules.margin_loss_backward(1.0, margin), length)
    got = capsules.predictions_backward(capsules.routing_backward(dv, route), predicted)

    def loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        s = torch.einsum("ijkd,nid->njk", b, a) / 5
        square = (s * s).sum(-1)
        long, t = square / (1 + square), torch.eye(5)[torch.tensor(labels)]
        return (t * (0.9 - long).relu() ** 2 + 0.5 * (1 - t) * (long - 0.1).relu() ** 2).sum(1).mean()

    for one, wanted in zip(got, oracle.gradient(loss, u, w), strict=True):
        assert np.allclose(one, wanted)


rows, u_hat, labels = np.full((2, 3), 0.5), np.ones((2, 4, 3, 5)), np.array([0, 2])
softmax = np.exp([[0.1, 0.2, 0.9], [0.3, 0.3, 0.0]])
softmax /= softmax.sum(axis=1, keepdims=True)
BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: capsules.squash_forward(rows, axis=2), r"squash_forward: s has shape \(2, 3\); axis is 2"),
    (lambda: capsules.squash_forward(np.zeros((2, 0))), "not empty"),
    (lambda: capsules.squash_forward(labels), "must hold floats"),
    (lambda: capsules.squash_backward(u_hat, capsules.squash_forward(rows)[1]), r"dv has shape .* must be \(2, 3\)"),
    (lambda: capsules.length_backward(rows, capsules.length_forward(rows)[1]), "one number for each capsule"),
    (lambda: capsules.predictions_forward(np.ones((2, 4, 6)), u_hat), r"w must be the capsules .* \(4, 6\)"),
    (lambda: capsules.predictions_forward(rows, u_hat), r"u has shape \(2, 3\), 2 axes; it must have 3: \(N, I, d\)"),
    (lambda: capsules.routing_forward(u_hat[0]), r"u_hat has shape \(4, 3, 5\), 3 axes; .*\(N, I, J, D\)"),
    (lambda: capsules.routing_forward(u_hat, 0), "iterations is 0; it must be a whole number of at least 1"),
    (lambda: capsules.routing_forward(u_hat, 1.5), "iterations is 1.5"),  # type: ignore[arg-type]  # what this is about
    (lambda: capsules.routing_backward(u_hat, capsules.routing_forward(u_hat)[1]), r"it must be \(2, 3, 5\)"),
    (lambda: capsules.margin_loss_forward(u_hat, labels), r"it must have 2: \(N, K\)"),
    (lambda: capsules.margin_loss_forward(rows, np.array([0, 3])), "with 3 classes they must lie in 0 to 2"),
    (lambda: capsules.margin_loss_forward(rows, np.array([-1, 0])), "values from -1 to 0"),
    (lambda: capsules.margin_loss_forward(rows, np.array([0, 1, 1])), r"labels has shape \(3,\); it must be \(2,\)"),
    (lambda: capsules.margin_loss_forward(rows, np.ones((2, 2))), "T of each class; or give labels"),
    (lambda: capsules.margin_loss_forward(rows, rows), "T is 1 for a class that is there, else 0"),
    (lambda: capsules.margin_loss_forward(4 * rows, labels), "from 2 to 2; the length of a capsule lies in 0 to 1"),
    (lambda: capsules.margin_loss_forward(softmax, labels), "as if it came out of a softmax"),
    (lambda: capsules.mask_forward(u_hat[0], labels), r"labels has shape \(2,\); it must be \(4,\)"),
    (lambda: capsules.mask_forward(u_hat[0], np.array([0, 1, 2, 3])), "with 3 classes"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_numpy_part_comes_without_torch_and_every_name_is_there():
    code = "import sys; from course_lib import capsules; assert 'torch' not in sys.modules; print(dir(capsules))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    for name in capsules.__all__:
        assert repr(name) in told
        assert getattr(capsules, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'routing'"):
        capsules.routing  # noqa: B018  # what this is about


def test_lengths_that_only_happen_to_sum_to_1_are_fine():
    capsules.margin_loss_forward(np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]]), labels)
    capsules.margin_loss_forward(np.array([[0.3, 0.3, 0.4]]), labels[:1])
