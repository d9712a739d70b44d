"""Where a net is linear, the best attack is known in closed form."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.attacked_nets import TwoClasses, gray, linear
from torch import Tensor, nn

from course_lib import attack

ANYTHING = (-math.inf, math.inf)


def rows(net: nn.Module) -> Tensor:
    return net[1].weight.detach()


def margins(net: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    """The label's logit minus each other one, (N, K - 1)."""
    with torch.no_grad():
        logits = net(x)
    others = [[k for k in range(logits.shape[1]) if k != int(label)] for label in labels]
    return logits.gather(1, labels[:, None]) - logits.gather(1, torch.tensor(others))


@pytest.mark.parametrize("how", ["fgsm", "pgd", "momentum"])
def test_a_score_of_minus_3_becomes_2(how: str) -> None:
    x = torch.tensor([2.0, -1, 3, -2, 2, 2, 1, -4, 5, 1])[None, None, None]
    net = TwoClasses(torch.tensor([-1.0, -1, 1, -1, 1, -1, 1, 1, -1, 1])).eval()
    assert net(x)[0, 1] == -3
    assert net(x).softmax(1)[0, 1].item() == pytest.approx(0.0474, abs=5e-5)
    ways = {
        "fgsm": attack.FGSM(0.5, bounds=ANYTHING), "pgd": attack.PGD(0.5, bounds=ANYTHING),
        "momentum": attack.Momentum(0.5, step=0.25, bounds=ANYTHING),
    }  # fmt: skip
    fooled = ways[how](net, x, [0])
    assert torch.equal(fooled, x + 0.5 * net.w.sign().detach())
    assert net(fooled)[0, 1] == 2
    assert net(fooled).softmax(1)[0, 1].item() == pytest.approx(0.88, abs=5e-3)
    assert torch.equal(ways[how](net, x, [1], targets=0), x - 0.5 * net.w.sign().detach())


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.001, 0.3))
def test_nothing_of_the_same_size_moves_a_linear_score_further_than_fgsm(seed: int, epsilon: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    w = torch.randn(3, 4, 4, generator=generator, dtype=torch.float64)
    net, x = TwoClasses(w).eval(), 0.35 + 0.3 * torch.rand(1, 3, 4, 4, generator=generator, dtype=torch.float64)
    moved = (net(attack.FGSM(epsilon)(net, x, [1])) - net(x))[0, 1].item()
    assert moved == pytest.approx(-epsilon * w.abs().sum().item())
    for _ in range(5):
        any_other = epsilon * (2 * torch.rand(x.shape, generator=generator, dtype=torch.float64) - 1)
        assert (net(x + any_other) - net(x))[0, 1].item() >= moved - 1e-12


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.001, 0.3), st.booleans())
def test_pgd_in_l2_goes_epsilon_along_the_weights(seed: int, epsilon: float, random_start: bool) -> None:
    w = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    net, x = TwoClasses(w).eval(), torch.full((2, 3, 4, 4), 0.5, dtype=torch.float64)
    found = attack.PGD(epsilon, "l2", steps=40, step=epsilon, random_start=random_start)(net, x, [0, 1])
    expected = epsilon * w / w.norm() * torch.tensor([1, -1])[:, None, None, None]
    torch.testing.assert_close(found - x, expected, rtol=1e-5, atol=1e-7)
    one_step = attack.FGSM(epsilon, "l2")(net, x, [0, 1])
    torch.testing.assert_close(one_step - x, expected, rtol=1e-9, atol=1e-12)


def test_clipping_costs_a_linear_attack_exactly_what_it_cuts() -> None:
    w = torch.tensor([[[1.0, -2.0, 3.0]]])
    net, x = TwoClasses(w).eval(), torch.tensor([[[[0.9, 0.05, 0.5]]]])
    found = attack.FGSM(0.2)(net, x, [0])
    torch.testing.assert_close(found, torch.tensor([[[[1.0, 0.0, 0.7]]]]))


@pytest.mark.parametrize("loss", ["cross_entropy", "margin"])
def test_a_targeted_step_goes_towards_the_target_and_an_untargeted_one_away_from_the_label(loss) -> None:
    net, x = linear(), gray()
    labels = net(x).argmax(1)
    targets = (labels + 1) % 4
    step = attack.FGSM(0.01, loss=loss)
    with torch.no_grad():
        before, away, towards = net(x), net(step(net, x, labels)), net(step(net, x, labels, targets=targets))
    for logits, classes, sign in ((away, labels, -1), (towards, targets, 1)):
        change = (logits.log_softmax(1) - before.log_softmax(1)).gather(1, classes[:, None])
        assert (sign * change > 0).all()


def test_the_margin_has_a_slope_where_cross_entropy_has_none() -> None:
    """Large logits: p is exactly 1, its logarithm flat. A defense that only hides gradients."""

    class Sure(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = linear().float()

        def forward(self, x: Tensor) -> Tensor:
            return 1e7 * self.net(x)

    net, x = Sure().eval(), gray().float()
    labels = net(x).argmax(1)
    blind = attack.PGD(0.1, random_start=False)(net, x, labels)
    assert torch.equal(blind, x)
    assert attack.success(net, x, labels, attack.PGD(0.1, loss="margin", random_start=False)(net, x, labels)).rate == 1
