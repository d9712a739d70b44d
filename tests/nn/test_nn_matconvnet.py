"""MatConvNet's face: every function against its definition written out, and its derivative against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib import nn
from course_lib.nn import matconvnet as mcn
from course_lib.nn.simplenn import vl_simplenn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4, 6, 2))  # H W D N
X0 = RNG.normal(size=(1, 1, 6, 2))
LABELS = np.array([5, 0])
PROBABILITIES = mcn.vl_nnsoftmax(X)
FILTERS, BIASES = RNG.normal(size=(3, 2, 6, 4)), RNG.normal(size=4)

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "conv": lambda x, d: mcn.vl_nnconv(x, FILTERS, None) if d is None else mcn.vl_nnconv(x, FILTERS, None, d)[0],
    "conv, filters": lambda f, d: mcn.vl_nnconv(X, f, BIASES) if d is None else mcn.vl_nnconv(X, f, BIASES, d)[1],
    "conv, biases": lambda b, d: mcn.vl_nnconv(X, FILTERS, b) if d is None else mcn.vl_nnconv(X, FILTERS, b, d)[2],
    "pool, max": lambda x, d: mcn.vl_nnpool(x, (3, 2), d, stride=2, pad=(1, 0, 0, 1)),
    "pool, avg": lambda x, d: mcn.vl_nnpool(x, (3, 2), d, method="avg", stride=2, pad=(1, 0, 0, 1)),
    "relu": mcn.vl_nnrelu,
    "relu, leaky": lambda x, d: mcn.vl_nnrelu(x, d, leak=0.2),
    "sigmoid": mcn.vl_nnsigmoid,
    "softmax": mcn.vl_nnsoftmax,
    "loss": lambda x, d: mcn.vl_nnloss(x, LABELS, d),
    "softmaxloss": lambda x, d: mcn.vl_nnsoftmaxloss(x, LABELS, d),
    "loss, log": lambda x, d: mcn.vl_nnloss(x, LABELS, d, loss="log"),
    "pdist, 1": lambda x, d: mcn.vl_nnpdist(x, X0, 1, d),
    "pdist, 2": lambda x, d: mcn.vl_nnpdist(x, X0, 2, d),
    "pdist, 3": lambda x, d: mcn.vl_nnpdist(x, X0, 3, d),
    "pdist, no root": lambda x, d: mcn.vl_nnpdist(x, X0, 2, d, no_root=True),
    "normalize": lambda x, d: mcn.vl_nnnormalize(x, (3, 1.5, 0.4, 0.7), d),
    "noffset": lambda x, d: mcn.vl_nnnoffset(x, (0.3, 0.7), d),
    "spnorm": lambda x, d: mcn.vl_nnspnorm(x, (3, 2, 0.4, 0.7), d),
}
AT = {"conv, filters": FILTERS, "conv, biases": BIASES, "loss, log": PROBABILITIES}


@pytest.mark.covers("G17")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_agree_with_differences(name: str) -> None:
    f, x = FUNCTIONS[name], AT.get(name, X)
    y = f(x, None)
    error = np.asarray(RNG.normal(size=y.shape))
    analytic = f(x, error if y.ndim else float(error))
    numeric = nn.numeric_gradient(lambda x: float((f(x, None) * error).sum()), x)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-5, atol=1e-7)


def test_layouts_there_and_back() -> None:
    assert mcn.to_nchw(X).shape == (2, 6, 5, 4)
    assert mcn.to_nchw(X)[1, 3, 2, 0] == X[2, 0, 3, 1]
    np.testing.assert_array_equal(mcn.from_nchw(mcn.to_nchw(X)), X)
    with pytest.raises(ValueError, match=r"must have 4: \(H, W, D, N\)"):
        mcn.to_nchw(X[0])


def test_convolution_by_its_definition() -> None:
    y = mcn.vl_nnconv(X, FILTERS, BIASES, stride=(2, 1), pad=(1, 0, 0, 1))
    assert y.shape == (2, 4, 4, 2)
    window = X[1:4, 2:4, :, 1]  # of output (1, 2): rows 2 - 1 to 4 - 1, columns 2 to 3
    assert y[1, 2, 3, 1] == pytest.approx((window * FILTERS[..., 3]).sum() + BIASES[3])


def test_groups_follow_from_the_depths() -> None:
    filters = RNG.normal(size=(3, 2, 3, 4))
    y = mcn.vl_nnconv(X, filters, None)
    expected = F.conv2d(*(torch.tensor(np.ascontiguousarray(mcn.to_nchw(a))) for a in (X, filters)), groups=2)
    np.testing.assert_allclose(mcn.to_nchw(y), expected, atol=1e-12)
    assert mcn.vl_nnconv(X, filters, None, np.ones_like(y))[2] is None


def test_average_pooling_does_not_count_padding() -> None:
    y = mcn.vl_nnpool(np.ones((3, 3, 1, 1)), 3, method="avg", pad=1)
    np.testing.assert_array_equal(y, np.ones((3, 3, 1, 1)))


def test_losses_by_their_definition() -> None:
    p = np.exp(X) / np.exp(X).sum(axis=2, keepdims=True)
    expected = -np.log(p[:, :, 5, 0]).sum() - np.log(p[:, :, 0, 1]).sum()
    assert mcn.vl_nnloss(X, LABELS) == pytest.approx(expected)
    assert mcn.vl_nnloss(p, LABELS, loss="log") == pytest.approx(expected)
    wrong = (X.argmax(axis=2) != LABELS).sum()
    assert mcn.vl_nnloss(X, LABELS, loss="classerror") == wrong
    assert not mcn.vl_nnloss(X, LABELS, 1.0, loss="classerror").any()
    by_place = RNG.integers(0, 6, (5, 4, 2))
    h, w, n = np.indices(by_place.shape)
    assert mcn.vl_nnloss(X, by_place) == pytest.approx(-np.log(p[h, w, by_place, n]).sum())


def test_distances_and_normalizations_by_their_definition() -> None:
    distance = (abs(X[2, 1, :, 1] - X0[0, 0, :, 1]) ** 3).sum() ** (1 / 3)
    assert mcn.vl_nnpdist(X, X0, 3)[2, 1, 0, 1] == pytest.approx(distance)
    around = (X[2, 1, 3:6, 1] ** 2).sum()
    assert mcn.vl_nnnormalize(X, (3, 1.5, 0.4, 0.7))[2, 1, 4, 1] == pytest.approx(
        X[2, 1, 4, 1] / (1.5 + 0.4 * around) ** 0.7
    )
    energy = (X[2, 1, :, 1] ** 2).sum()
    assert mcn.vl_nnnoffset(X, (0.3, 0.7))[2, 1, 4, 1] == pytest.approx(X[2, 1, 4, 1] - 0.3 * energy**0.7)
    around = (X[1:4, 0:2, 4, 1] ** 2).mean()  # of (2, 0): rows 1 to 3, columns 0 to 1
    assert mcn.vl_nnspnorm(X, (3, 2, 0.4, 0.7))[2, 0, 4, 1] == pytest.approx(X[2, 0, 4, 1] / (1 + 0.4 * around) ** 0.7)
    corner = (X[3:5, 3:4, 4, 1] ** 2).mean()  # of (4, 3): only what lies in the image
    assert mcn.vl_nnspnorm(X, (3, 2, 0.4, 0.7))[4, 3, 4, 1] == pytest.approx(X[4, 3, 4, 1] / (1 + 0.4 * corner) ** 0.7)


def test_derivatives_stay_finite_where_they_are_delicate() -> None:
    zeros = np.zeros((1, 1, 2, 1))
    with np.errstate(all="raise"):
        assert np.isfinite(mcn.vl_nnpdist(zeros, zeros, 2, np.ones((1, 1, 1, 1)))).all()
        np.testing.assert_array_equal(mcn.vl_nnnoffset(zeros, (1.0, 0.5), np.ones_like(zeros)), np.ones_like(zeros))


def test_dropout_uses_its_mask_again() -> None:
    y, mask = mcn.vl_nndropout(X, 0.5, np.random.default_rng(0))
    assert set(np.unique(mask)) == {0.0, 2.0}
    np.testing.assert_array_equal(y, X * mask)
    np.testing.assert_array_equal(mcn.vl_nndropout_backward(X, mask), X * mask)


def network(rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    return {
        "layers": [
            {"type": "conv", "weights": (rng.normal(size=(3, 3, 2, 4)), rng.normal(size=4)), "pad": 1, "stride": 1},
            {"type": "relu"},
            {"type": "normalize", "param": (3, 1.0, 0.1, 0.75)},
            {"type": "pool", "method": "max", "pool": (2, 2), "stride": 2, "pad": 0},
            {"type": "dropout", "rate": 0.3},
            {"type": "conv", "weights": (rng.normal(size=(3, 3, 4, 5)) / 6, None)},
            {"type": "softmaxloss", "class": np.array([1, 4, 0])},
        ]
    }


@pytest.mark.covers("G17")
def test_simplenn_agrees_with_torch_layer_by_layer(rng: np.random.Generator) -> None:
    net, x = network(rng), rng.normal(size=(6, 6, 2, 3))
    results = vl_simplenn(net, x, 1.0, rng=rng)
    assert len(results) == 8
    mask = results[4].aux
    assert mask is not None
    xs = [torch.tensor(np.ascontiguousarray(mcn.to_nchw(x)), requires_grad=True)]
    (f1, b1), (f2, _) = net["layers"][0]["weights"], net["layers"][5]["weights"]
    w1, w2, b = (
        torch.tensor(np.ascontiguousarray(a), requires_grad=True) for a in (mcn.to_nchw(f1), mcn.to_nchw(f2), b1)
    )
    for layer in (
        lambda x: F.conv2d(x, w1, b, padding=1),
        F.relu,
        lambda x: F.local_response_norm(x, 3, alpha=0.3, beta=0.75, k=1.0),
        lambda x: F.max_pool2d(x, 2),
        lambda x: x * torch.tensor(np.ascontiguousarray(mcn.to_nchw(mask))),
        lambda x: F.conv2d(x, w2),
        lambda x: F.cross_entropy(x[:, :, 0, 0], torch.tensor([1, 4, 0]), reduction="sum"),
    ):
        xs.append(layer(xs[-1]))
        xs[-1].retain_grad()
    xs[-1].backward()
    for result, theirs in zip(results[:-1], xs, strict=False):
        assert result.dzdx is not None
        np.testing.assert_allclose(mcn.to_nchw(result.x), theirs.detach(), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(mcn.to_nchw(result.dzdx), theirs.grad, rtol=1e-10, atol=1e-10)
    assert results[-1].x == pytest.approx(xs[-1].item())
    assert results[-1].dzdx == 1
    np.testing.assert_allclose(mcn.to_nchw(results[0].dzdw[0]), w1.grad, atol=1e-10)
    np.testing.assert_allclose(results[0].dzdw[1], b.grad, atol=1e-10)
    np.testing.assert_allclose(mcn.to_nchw(results[5].dzdw[0]), w2.grad, atol=1e-10)
    assert len(results[5].dzdw) == 1
    assert results[1].dzdw == ()


def test_simplenn_runs_every_type_forward_and_backward(rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 4, 3, 2))
    layers: list[dict[str, Any]] = [
        {"type": "sigmoid"},
        {"type": "spnorm", "param": (3, 3, 0.1, 0.5)},
        {"type": "noffset", "param": (0.1, 0.5)},
        {"type": "relu", "leak": 0.1},
        {"type": "pool", "method": "avg", "pool": 4},
        {"type": "dropout"},
        {"type": "softmax"},
        {"type": "loss", "class": np.array([0, 2]), "loss": "log"},
    ]
    results = vl_simplenn({"layers": layers}, x, 1.0, mode="test")

    def loss(x: Any) -> float:
        return float(vl_simplenn({"layers": layers}, x, mode="test")[-1].x)

    np.testing.assert_allclose(results[0].dzdx, nn.numeric_gradient(loss, x), rtol=1e-5, atol=1e-8)
    forward_only = vl_simplenn({"layers": layers[:5]}, x)
    assert all(result.dzdx is None for result in forward_only)
    distance = vl_simplenn({"layers": [{"type": "pdist", "class": x[:1, :1], "p": 2}]}, x, np.ones((4, 4, 1, 2)))
    np.testing.assert_array_equal(distance[0].dzdx, mcn.vl_nnpdist(x, x[:1, :1], 2, np.ones((4, 4, 1, 2))))


def test_misuse_is_named(rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 4, 3, 2))
    for net, sentence in (
        ([{"type": "batchnorm"}], "layer 0 has type 'batchnorm', which is not known"),
        ([{"type": "relu"}, {"type": "pool"}], r"layer 1 \(pool\) lacks its 'pool'"),
        ([{}], r"layer 0 \(None\) lacks its 'type'"),
        ([{"type": "dropout"}], "layer 0 is dropout, and rng is None"),
    ):
        with pytest.raises(ValueError, match=sentence):
            vl_simplenn({"layers": net}, x)
    with pytest.raises(ValueError, match="mode is 'train'"):
        vl_simplenn({"layers": []}, x, mode="train")
    with pytest.raises(ValueError, match="method is 'sum'"):
        mcn.vl_nnpool(x, 2, method="sum")  # type: ignore[arg-type]  # what this test is about
    with pytest.raises(ValueError, match="loss is 'hinge'"):
        mcn.vl_nnloss(x, LABELS, loss="hinge")  # type: ignore[arg-type]  # what this test is about
    with pytest.raises(ValueError, match=r"pad is \(1, 1\)"):
        mcn.vl_nnpool(x, 2, pad=(1, 1))  # type: ignore[arg-type]  # what this test is about
    with pytest.raises(ValueError, match=r"p is 0\.5; it must be at least 1"):
        mcn.vl_nnpdist(x, x, 0.5)
