"""Slopes where they are known: on nets that are one matrix, on paper, and all numbers of a way added up."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from support.toy_nets import conv, linear, pictures
from torch import nn

from course_lib import explain, models


def test_on_a_linear_net_every_slope_is_the_row_of_the_class() -> None:
    net, rows = linear()
    x, target = pictures(3), [2, 0, 3]
    for method in (explain.gradient, explain.smooth_grad):
        torch.testing.assert_close(method(net, x, target), rows[target])
    assert torch.equal(explain.saliency(net, x, target), rows[target].abs().amax(1))
    torch.testing.assert_close(explain.integrated_gradients(net, x, target, steps=1), rows[target] * x)
    falls = explain.integrated_gradients(net, x, target, baseline=torch.full((3, 1, 1), 0.5), steps=3)
    torch.testing.assert_close(falls, rows[target] * (x - 0.5))


def test_one_class_for_all_or_one_for_each_or_an_objective() -> None:
    net, x = conv(F.relu), pictures(3)
    one = explain.gradient(net, x, 1)
    for target in ([1, 1, 1], torch.tensor([1, 1, 1]), explain.logit(1)):
        assert torch.equal(explain.gradient(net, x, target), one)
    other = explain.gradient(net, x, 2 * explain.logit(0) - explain.channel("b", 3))
    leaf = x.clone().requires_grad_()
    with models.features(net, "b") as seen:
        score = 2 * net(leaf)[:, 0] - seen["b"][:, 3].mean((1, 2))
    torch.testing.assert_close(other, torch.autograd.grad(score.sum(), leaf)[0])


def test_the_slope_is_that_of_differences() -> None:
    net, x = conv(F.relu).double(), pictures(1).double()
    found = explain.gradient(net, x, 2)
    for place in [(0, 0, 0, 0), (0, 1, 4, 7), (0, 2, 9, 9)]:
        step = torch.zeros_like(x)
        step[place] = 1e-6
        by_differences = (net(x + step) - net(x - step))[0, 2] / 2e-6
        assert float(found[place]) == pytest.approx(float(by_differences.detach()), rel=1e-6)


def test_integrated_gradients_add_up_to_the_change_of_the_score() -> None:
    net, x, target = conv(F.relu), pictures(3), torch.tensor([2, 0, 1])
    with torch.no_grad():
        change = (net(x) - net(torch.full_like(x, 0.25))).gather(1, target[:, None])[:, 0]
    errors = []
    for steps in (2, 256):
        found = explain.integrated_gradients(net, x, target, baseline=0.25, steps=steps)
        errors.append(float((found.sum((1, 2, 3)) - change).abs().max() / change.abs().max()))
    assert errors[1] < 1e-3
    assert errors[1] < errors[0] / 10


def test_noise_is_the_same_for_each_picture_and_seed() -> None:
    net, x = conv(F.relu), pictures(3)
    found = explain.smooth_grad(net, x, 0, samples=3, seed=4)
    assert torch.equal(found, explain.smooth_grad(net, x, 0, samples=3, seed=4))
    assert not torch.allclose(found, explain.smooth_grad(net, x, 0, samples=3, seed=5))
    assert torch.equal(explain.smooth_grad(net, x, 0, noise=0, samples=1), explain.gradient(net, x, 0))
    random = torch.Generator().manual_seed(4)
    noisy = [x + 0.15 * torch.randn((3, 10, 10), generator=random) for _ in range(3)]
    torch.testing.assert_close(found, sum(explain.gradient(net, y, 0) for y in noisy) / 3)


def test_the_softmax_can_be_asked_for() -> None:
    """Slopes of a probability: those of the logits, weighted by how it depends on them."""
    net, x = conv(F.relu), pictures(2)
    probability = explain.Objective("probability of 1", (), lambda logits, _: logits.softmax(1)[:, 1])
    p = net(x).detach().softmax(1)
    by_logits = sum(
        (p[:, 1] * (float(k == 1) - p[:, k]))[:, None, None, None] * explain.gradient(net, x, k) for k in range(3)
    )
    torch.testing.assert_close(explain.gradient(net, x, probability), by_logits, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("bad", [{"noise": -0.1}, {"samples": 0}])
def test_smooth_grad_refuses(bad) -> None:
    with pytest.raises(ValueError, match="noise is a deviation"):
        explain.smooth_grad(conv(F.relu), pictures(), 0, **bad)


def test_integrated_gradients_refuse_no_steps() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        explain.integrated_gradients(conv(F.relu), pictures(), 0, steps=0)


@pytest.mark.parametrize("shape", [(2, 10, 10), (2, 2, 3, 10, 10), (9,)])
def test_integrated_gradients_refuse_a_baseline_that_does_not_fit(shape) -> None:
    with pytest.raises(ValueError, match=r"baseline of the shape .* does not fit pictures \(2, 3, 10, 10\)"):
        explain.integrated_gradients(conv(F.relu), pictures(), 0, baseline=torch.zeros(shape))


def test_the_grad_cam_of_a_net_that_fits_on_paper() -> None:
    """Two maps 2 × 2; the score is 3 · mean of the first - 4 · corner of the second, so the weights are 3/4 and -1."""
    maps = torch.tensor([[[1.0, 2], [3, 4]], [[1, 0], [0, 6]]])[None]
    net = nn.Sequential(nn.Identity()).eval()
    score = explain.Objective(
        "by hand", ("0",), lambda _, seen: 3 * seen["0"][:, 0].mean((1, 2)) - 4 * seen["0"][:, 1, 1, 1]
    )
    found = explain.grad_cam(net, maps, score, "0", upsample=False)
    assert found.tolist() == [[[0.0, 1.5], [2.25, 0.0]]]  # 0.75 - 1 and 3 - 6 are cut off, after the sum
