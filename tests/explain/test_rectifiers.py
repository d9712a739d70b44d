"""Deconvnet and guided backpropagation: a rectifier obeys however it is written, and nothing else passes for one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from support.toy_nets import Conv, conv, inplace_relu, pictures, rectifier_by_hand
from torch import Tensor, nn

from course_lib import explain

INF = float("inf")
RULES = {"deconvnet": explain.deconvnet, "guided_backprop": explain.guided_backprop}
SAME = nn.ReLU()
WAYS = {
    "nn.ReLU": (nn.ReLU(), INF), "nn.ReLU(inplace)": (nn.ReLU(inplace=True), INF), "F.relu": (F.relu, INF),
    "F.relu(inplace)": (inplace_relu, INF), "torch.relu": (torch.relu, INF), "Tensor.relu_": (Tensor.relu_, INF),
    "clamp(min=0)": (lambda x: x.clamp(min=0), INF), "clamp(0, 0.5)": (lambda x: x.clamp(0, 0.5), 0.5),
    "clamp_min_": (lambda x: x.clamp_min_(0.0), INF), "nn.ReLU6": (nn.ReLU6(), 6.0), "F.relu6": (F.relu6, 6.0),
    "nn.Hardtanh(0, 0.5)": (nn.Hardtanh(0, 0.5), 0.5), "nn.Hardtanh(0, 1, inplace)": (nn.Hardtanh(0, 1, True), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("way", WAYS)
def test_a_rectifier_obeys_the_rule_however_it_is_written(way: str, rule: str) -> None:
    written, high = WAYS[way]
    x = pictures()
    expected = explain.gradient(conv(rectifier_by_hand(rule, high)), x, [0, 2])
    found = RULES[rule](conv(written), x, [0, 2])
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)
    assert not torch.allclose(found, explain.gradient(conv(written), x, [0, 2]), rtol=0.1)  # no plain slope


@pytest.mark.parametrize("way", WAYS)
def test_the_plain_rule_by_hand_is_the_gradient(way: str) -> None:
    written, high = WAYS[way]
    expected = explain.gradient(conv(rectifier_by_hand("plain", high)), pictures(), 1)
    torch.testing.assert_close(explain.gradient(conv(written), pictures(), 1), expected, rtol=1e-6, atol=1e-8)


def test_the_numbers_of_a_net_that_fits_on_paper() -> None:
    """Pixels 1, 2, 3; units 1 - 2 + 3 = 2 and 1 + 2 - 4 · 3 < 0 and -1 + 0 + 2 · 3 = 5; score 3 · 2 + 4 · 0 - 2 · 5."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3, 3, False), nn.ReLU(), nn.Linear(3, 1, False)).eval()
    net[1].weight.data = torch.tensor([[1.0, -1, 1], [1, 1, -4], [-1, 0, 2]])
    net[3].weight.data = torch.tensor([[3.0, 4, -2]])
    x = torch.tensor([1.0, 2, 3]).view(1, 1, 1, 3)
    assert net(x).tolist() == [[-4.0]]
    assert explain.gradient(net, x, 0).flatten().tolist() == [3 + 2, -3, 3 - 4]
    assert explain.guided_backprop(net, x, 0).flatten().tolist() == [3, -3, 3]  # the third unit's -2 is stopped
    assert explain.deconvnet(net, x, 0).flatten().tolist() == [3 + 4, -3 + 4, 3 - 16]  # the second unit's 4 is not


def test_a_module_that_works_twice_obeys_twice() -> None:
    relu = nn.ReLU()
    for rule, method in RULES.items():
        by_hand = explain.gradient(conv(rectifier_by_hand(rule)), pictures(), 1)
        torch.testing.assert_close(method(conv(relu, relu), pictures(), 1), by_hand, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("method", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    "bent",
    [
        F.gelu, F.silu, F.leaky_relu, F.elu, F.softplus, F.mish, F.hardswish, torch.tanh, torch.sigmoid, torch.abs,
        nn.PReLU(), nn.Threshold(0.1, 0.0), nn.Hardtanh(-1, 1), nn.Softshrink(), lambda x: x * torch.sigmoid(x),
        lambda x: x.clamp(min=0.1), lambda x: x.clamp(max=1), lambda x: x * (x > 0), lambda x: x.clamp(-1, 1),
        lambda x: torch.maximum(x, torch.zeros(())), lambda x: torch.where(x > 0, x, 0 * x),
        lambda x: x.clamp(min=torch.zeros(())), rectifier_by_hand("plain"),
    ],
)  # fmt: skip
def test_what_no_rule_is_known_for_is_refused(bent, method) -> None:
    with pytest.raises(ValueError, match=r"no rule is known|known for 0 alone"):
        method(conv(nn.ReLU(), bent), pictures(), 0)


@pytest.mark.parametrize("method", RULES.values(), ids=RULES)
def test_a_net_without_rectifiers_is_refused(method) -> None:
    with pytest.raises(ValueError, match="there is no ReLU"):
        method(conv(nn.Identity()), pictures(), 0)


def test_what_bends_beside_the_way_of_the_picture_does_not_matter() -> None:
    class Gated(Conv):
        def forward(self, x: Tensor) -> Tensor:
            gate = torch.sigmoid(self.norm.bias).sum()  # depends on weights alone
            return super().forward(x) * gate

    net, plain = Gated(F.relu).eval(), conv(F.relu)
    factor = torch.sigmoid(net.norm.bias.detach()).sum()
    expected = explain.guided_backprop(plain, pictures(), 0) * factor
    torch.testing.assert_close(explain.guided_backprop(net, pictures(), 0), expected)


@pytest.mark.parametrize("method", RULES.values(), ids=RULES)
def test_the_rule_is_gone_afterwards(method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    before = explain.gradient(net, x, 0)
    method(net, x, 0)
    assert torch.equal(explain.gradient(net, x, 0), before)


def test_the_rule_works_up_to_a_unit_of_a_layer_too() -> None:
    net, x = conv(nn.ReLU(), nn.ReLU()), pictures()
    found = explain.guided_backprop(net, x, explain.unit("second", 2, (1, 3)))
    leaf = x.clone().requires_grad_()
    by_hand = rectifier_by_hand("guided_backprop")
    y = by_hand(net.norm(net.b(net.pool(by_hand(net.a(leaf))))))
    (expected,) = torch.autograd.grad(y[:, 2, 1, 3].sum(), leaf)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)
