"""CapsNet and its parts in PyTorch, against the NumPy functions, which have oracles of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from support import capsule_oracle as oracle
from torch import nn

from course_lib import capsules, models
from course_lib.capsules import CapsConfig, CapsNet


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def small(**changes: Any) -> CapsNet:
    torch.manual_seed(3)
    return CapsNet(CapsConfig.small(**changes))


def test_the_parameters_of_the_paper():
    net = CapsNet(CapsConfig())
    assert parameters(net) == 8_215_568
    assert net.decoder is not None
    assert parameters(net) - parameters(net.decoder) == parameters(CapsNet(CapsConfig(decoder=()))) == 6_804_224
    counts = {name: parameters(part) for name, part in net.named_children()}
    assert counts == {"conv": 20_992, "primary": 5_308_672, "digits": 1_474_560, "decoder": 1_411_344}
    assert (net.config.side, net.config.below) == (6, 1152)
    with torch.no_grad():
        v = net.eval().capsules(torch.rand(2, 1, 28, 28))
        assert v.shape == (2, 10, 16)
        assert net.reconstruct(v).shape == (2, 1, 28, 28)


def test_the_parameters_of_the_small_net():
    assert parameters(small()) == 111_136
    assert CapsConfig.small().below == 72
    larger = CapsConfig.small(size=12, padding=0, types=4)
    assert (larger.side, larger.below) == (4, 64)
    assert CapsNet(larger)(torch.rand(2, 1, 12, 12)).shape == (2, 10)


@pytest.mark.parametrize("config", [CapsConfig(), CapsConfig.small(), CapsConfig.small(size=12, padding=0, types=4)])
def test_a_cnn_of_equal_size(config):
    net = capsules.equal_cnn(config)
    caps = CapsNet(config)
    aim = parameters(caps) - (parameters(caps.decoder) if caps.decoder else 0)
    assert abs(parameters(net) / aim - 1) < 0.005
    x = torch.rand(2, 1, config.size, config.size)
    with torch.no_grad():
        assert net(x).shape == (2, 10)
        assert torch.allclose(net[:-1](x).sigmoid(), net(x))
    assert [net[0].weight.shape, net[2].weight.shape] == [caps.conv.weight.shape, caps.primary.conv.weight.shape]


def test_squash_and_its_gradient_are_those_in_numpy(rng):
    s, dv = rng.standard_normal((2, 3, 4, 5))
    s[0, 1] = 0
    v, cache = capsules.squash_forward(s)
    assert np.allclose(capsules.squash(torch.tensor(s)), v)
    (ds,) = oracle.gradient(lambda x: (capsules.squash(x) * torch.tensor(dv)).sum(), s)
    assert np.allclose(ds, capsules.squash_backward(dv, cache))
    assert np.isfinite(ds).all()


@pytest.mark.parametrize("through", ["all", "last"])
@pytest.mark.parametrize("iterations", [1, 2, 4])
def test_routing_is_that_in_numpy(rng, iterations, through):
    u_hat = rng.standard_normal((2, 6, 4, 3))
    found, _ = capsules.routing_forward(u_hat, iterations)
    v, c = capsules.route(torch.tensor(u_hat), iterations, through=through)
    assert np.allclose(v, found.v)
    assert np.allclose(c, found.couplings[-1])
    assert float((c.sum(2) - 1).abs().max()) < 1e-6


def test_through_the_last_iteration_couplings_are_constants(rng):
    u_hat, dv = rng.standard_normal((2, 6, 4, 3)), rng.standard_normal((2, 4, 3))

    def loss(through: Any) -> Callable[[torch.Tensor], torch.Tensor]:
        return lambda x: (capsules.route(x, 3, through=through)[0] * torch.tensor(dv)).sum()

    _, cache = capsules.routing_forward(u_hat)
    last = oracle.gradient(loss("last"), u_hat)[0]
    assert np.allclose(last, capsules.routing_backward(dv, cache))
    assert not np.allclose(last, oracle.gradient(loss("all"), u_hat)[0], rtol=0.05)
    x = torch.tensor(u_hat, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: capsules.route(x, 3)[0], x)


def test_a_bias_is_added_before_squash(rng):
    u_hat, bias = rng.standard_normal((2, 6, 4, 3)), rng.standard_normal((4, 3))
    v, _ = capsules.route(torch.tensor(u_hat), 1, bias=torch.tensor(bias))
    assert np.allclose(v, capsules.squash_forward(u_hat.mean(axis=1) * 6 / 4 + bias)[0])
    for through, more in (("all", True), ("last", False)):
        b = torch.tensor(bias, requires_grad=True)
        v, c = capsules.route(torch.tensor(u_hat), 2, bias=b, through=through)  # type: ignore[arg-type]  # wrong on purpose
        assert c.requires_grad is more
        assert torch.autograd.grad(v.sum(), b)[0].abs().min() > 0


@pytest.mark.parametrize("two", [False, True])
def test_margin_loss_is_that_in_numpy(rng, two):
    lengths, labels = rng.random((6, 5)), rng.integers(0, 5, 6)
    targets = np.eye(5)[labels] + np.eye(5)[(labels + 1) % 5] if two else labels
    loss, cache = capsules.margin_loss_forward(lengths, targets, m_plus=0.8, m_minus=0.2, down_weight=0.3)
    settings = {"m_plus": 0.8, "m_minus": 0.2, "down_weight": 0.3}
    assert float(capsules.margin_loss(torch.tensor(lengths), torch.tensor(targets), **settings)) == pytest.approx(loss)
    (slope,) = oracle.gradient(lambda x: capsules.margin_loss(x, torch.tensor(targets), **settings), lengths)
    assert np.allclose(slope, capsules.margin_loss_backward(1.0, cache))


def test_the_mask_is_that_in_numpy(rng):
    v, labels = rng.standard_normal((3, 4, 2)), np.array([3, 0, 2])
    assert np.array_equal(capsules.mask(torch.tensor(v), torch.tensor(labels)), capsules.mask_forward(v, labels))


def test_a_primary_capsule_is_of_one_position_and_of_neighboring_channels():
    torch.manual_seed(0)
    primary = capsules.PrimaryCapsules(2, types=3, dim=4, kernel=3, stride=2)
    x = torch.rand(2, 2, 7, 9)
    u, maps = primary(x), primary.conv(x)
    assert maps.shape == (2, 12, 3, 4)
    assert u.shape == (2, 36, 4)
    for kind, row, column in ((0, 0, 0), (1, 2, 3), (2, 1, 0)):
        s = maps[:, 4 * kind : 4 * kind + 4, row, column]
        assert torch.allclose(u[:, 12 * kind + 4 * row + column], capsules.squash(s), atol=1e-7)


def test_the_whole_net_is_the_numpy_functions_in_a_row():
    net = small(bias=False).eval()
    x = torch.rand(3, 1, 8, 8)
    u = net.below(x).detach().numpy()
    u_hat, _ = capsules.predictions_forward(u, net.digits.w.detach().numpy())
    found, _ = capsules.routing_forward(u_hat)
    assert np.allclose(net.capsules(x).detach(), found.v, atol=1e-6)
    assert np.allclose(net.couplings(x).detach(), found.couplings[-1], atol=1e-6)
    assert np.allclose(net(x).detach(), np.linalg.norm(found.v, axis=-1), atol=1e-6)
    for iterations in (1, 2):
        net.digits.iterations = iterations
        assert np.allclose(net.couplings(x).detach(), found.couplings[iterations - 1], atol=1e-6)


def test_what_a_net_says_of_a_picture_does_not_depend_on_the_others():
    net = small().eval()
    x = torch.rand(6, 1, 8, 8)
    whole = net(x)
    net(1 - x)
    assert torch.allclose(net(x[2:4]), whole[2:4], atol=1e-6)


def test_classes_in_another_order_give_capsules_in_that_order():
    net, order = small(), torch.tensor([3, 1, 4, 0, 2, 9, 8, 7, 6, 5])
    x = torch.rand(2, 1, 8, 8)
    before = net.capsules(x)
    assert net.digits.bias is not None
    with torch.no_grad():
        net.digits.bias.normal_()
        before = net.capsules(x)
        net.digits.w.copy_(net.digits.w[:, order])
        net.digits.bias.copy_(net.digits.bias[order])
    assert torch.allclose(net.capsules(x), before[:, order], atol=1e-6)


@pytest.mark.parametrize("config", [CapsConfig(decoder=()), CapsConfig.small(), CapsConfig.small(dim=4)])
def test_at_the_start_a_capsule_is_as_long_as_those_below_before_squash(config):
    torch.manual_seed(0)
    net = CapsNet(config)
    x = torch.rand(4, 1, config.size, config.size)
    with torch.no_grad():
        u = net.below(x)
        s = net.digits.predictions(u).sum(1) / config.classes
        below, above = u.square().sum(2).mean().sqrt(), s.square().sum(2).mean().sqrt()
        assert 0.7 < float(above / below) < 1.4
        assert float(net(x).max()) < 0.5


def test_weights_that_start_too_large_make_every_capsule_long():
    usual = small()
    std = float(usual.digits.w.detach().std())
    assert std == pytest.approx(10 / (72 * 16) ** 0.5, rel=0.02)
    with torch.no_grad():
        x = torch.rand(4, 1, 8, 8)
        assert float(usual(x).max()) < 0.2
        assert float(small(init_std=30 * std)(x).min()) > 0.8


def test_another_routing_can_take_its_place():
    calls = []

    def even(u_hat: torch.Tensor, iterations: int, *, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        calls.append((iterations, tuple(bias.shape)))
        return capsules.route(u_hat, 1, bias=bias)

    torch.manual_seed(3)
    net = CapsNet(CapsConfig.small(), routing=even)
    x = torch.rand(2, 1, 8, 8)
    assert torch.allclose(net(x), small(iterations=1)(x))
    assert calls == [(3, (10, 16))]
    net.digits.routing = lambda u_hat, iterations, *, bias: (u_hat.sum(1), u_hat[0])
    with pytest.raises(ValueError, match=r"couplings of shape \(72, 10, 16\); they must be .* \(2, 72, 10\)"):
        net(x)


def test_the_account_of_a_capsnet():
    bill = models.account(CapsNet(), (1, 28, 28))
    assert bill.parameters == 8_215_568
    products = {row.name: row.multiply_adds for row in bill.rows}
    assert products["conv"] == 20 * 20 * 256 * 81
    assert products["primary.conv"] == 36 * 256 * 256 * 81
    assert products["digits"] == 1152 * 10 * 16 * (8 + 3 + 2)  # û; three sums, and two agreements


def test_the_decoder_draws_the_right_digit_in_training_and_the_longest_capsule_after():
    net = small(decoder=(20, 30))
    v = net.capsules(torch.rand(2, 1, 8, 8)).detach().requires_grad_()
    longest = v.norm(dim=2).argmax(1)
    with pytest.raises(ValueError, match="in training the decoder draws the right digit: give its labels"):
        net.reconstruct(v)
    other = (longest + 1) % 10
    assert not torch.allclose(net.reconstruct(v, other), net.reconstruct(v, longest))
    net.eval()
    drawn = net.reconstruct(v)
    assert torch.allclose(drawn, net.reconstruct(v, longest))
    assert bool((drawn >= 0).all() and (drawn <= 1).all())
    dv = torch.autograd.grad(net.reconstruct(v, other).sum(), v)[0]
    assert set(dv.abs().sum(2).nonzero()[:, 1].tolist()) == set(other.tolist())


u_hat, rows, labels = torch.ones(2, 4, 3, 5), torch.full((2, 3), 0.5), torch.tensor([0, 2])
BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: capsules.route(u_hat[0]), r"u_hat has shape \(4, 3, 5\); it must be \(N, I, J, D\)"),
    (lambda: capsules.route(u_hat, 0), "iterations is 0"),
    (lambda: capsules.route(u_hat, through="none"), "through is 'none'"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda: capsules.route(u_hat, bias=rows), r"bias has shape \(2, 3\); it must be \(3, 5\), \(J, D\)"),
    (lambda: capsules.margin_loss(u_hat, labels), r"it must be \(N, K\)"),
    (lambda: capsules.margin_loss(rows, labels + 1), "with 3 classes they must lie in 0 to 2"),
    (lambda: capsules.margin_loss(rows, labels.float()), r"dtype torch.float32; it must be \(2,\), whole numbers"),
    (lambda: capsules.margin_loss(rows, torch.ones(2, 4)), r"it must be T of each class, \(2, 3\), or labels, \(2,\)"),
    (lambda: capsules.margin_loss(rows, rows), "T is 1 for a class that is there"),
    (lambda: capsules.margin_loss(3 * rows, labels), "the length of a capsule lies in 0 to 1"),
    (lambda: capsules.margin_loss(torch.rand(4, 10).softmax(1), torch.tensor([1, 2, 3, 4])), "out of a softmax"),
    (lambda: capsules.mask(u_hat[0], labels), r"labels has shape \(2,\)"),
    (lambda: capsules.mask(u_hat[:, :, 0], torch.tensor([0, 4])), "labels go from 0 to 4; with 4 classes"),
    (lambda: CapsConfig(iterations=0), r"iterations is \(0,\)"),
    (lambda: CapsConfig(size=16), "pictures of 16 by 16 are too small for kernels of 9 and 9"),
    (lambda: CapsConfig(padding=-1), "padding is -1: a whole number of pixels, at least 0"),
    (lambda: CapsConfig(size=5), "pictures of 5 by 5 are too small"),
    (lambda: CapsConfig(decoder=(0,)), r"decoder is \(0,\)"),
    (lambda: CapsConfig(init_std=0.0), "init_std is 0.0: it must be positive"),
    (lambda: CapsConfig(through="first"), "through is 'first'"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda: small()(torch.rand(2, 1, 9, 8)), r"x has shape \(2, 1, 9, 8\); it must be \(N, 1, 8, 8\)"),
    (lambda: small().digits(torch.rand(2, 71, 8)), r"u has shape \(2, 71, 8\); it must be \(N, 72, 8\)"),
    (lambda: small().reconstruct(torch.rand(2, 10, 16), labels), "this net has no decoder"),
    (lambda: small(decoder=(9,)).reconstruct(torch.rand(2, 10, 16), labels - 1), "labels go from -1 to 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numpy_arrays_in_place_of_tensors_are_told():
    with pytest.raises(TypeError, match="u_hat is a ndarray; it must be a tensor"):
        capsules.route(np.ones((2, 4, 3, 5)))  # type: ignore[arg-type]  # wrong on purpose
