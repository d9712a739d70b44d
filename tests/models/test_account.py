"""The account of a net against PyTorch's own counter, and what it leaves alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import models


def flops_of_torch(net: nn.Module, shape: tuple[int, ...]) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.empty(1, *shape, device="meta"))
    return counter.get_total_flops()


@pytest.mark.parametrize("name", models.NETS)
def test_torch_counts_as_many_flops(name: str):
    net = models.build(name, device="meta")
    shape = models.NETS[name].input
    bill = models.account(net, shape)
    assert bill.flops == 2 * bill.multiply_adds == flops_of_torch(net, shape)
    assert bill.parameters == sum(p.numel() for p in net.parameters())


def test_the_net_stays_as_it_is():
    seen: list[int] = []
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(8, 2))
    net.register_forward_hook(lambda *_: seen.append(1))
    net[2].eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    modes = [module.training for module in net.modules()]
    generator = torch.get_rng_state()
    models.account(net, (1, 4, 4))
    after = net.state_dict()
    assert all(torch.equal(after[name], tensor) and after[name].device.type == "cpu" for name, tensor in before.items())
    assert [module.training for module in net.modules()] == modes
    assert torch.equal(torch.get_rng_state(), generator)
    assert seen == []
    assert [len(module._forward_hooks) for module in net.modules()] == [1, *[0] * 6]


def test_a_misfit_names_its_layer():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(10, 2)))
    with pytest.raises(ValueError, match=r"^1\.1 \(Linear\) cannot work with what it gets, \(1, 36\): "):
        models.account(net, (3, 5, 5))
    with pytest.raises(ValueError, match="shape of one picture"):
        models.account(net, (3, 5, 0))
