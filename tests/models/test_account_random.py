"""Accounts of random nets against three other counters, and receptive fields against gradients."""

from __future__ import annotations

import logging
import math
from typing import Any

import pytest
import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import models

CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
POOL = {1: (nn.MaxPool1d, nn.AvgPool1d), 2: (nn.MaxPool2d, nn.AvgPool2d), 3: (nn.MaxPool3d, nn.AvgPool3d)}
NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
SIDE = {1: 24, 2: 13, 3: 7}

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@st.composite
def layers(draw: st.DrawFn, axes: int, channels: int) -> nn.Module:
    sizes = st.lists(st.integers(1, 3), min_size=axes, max_size=axes).map(tuple)
    kind = draw(st.sampled_from(["conv", "conv", "transposed", "pool", "norm", "relu"]))
    if kind in ("conv", "transposed"):
        groups = draw(st.sampled_from([g for g in (1, 2, 3, channels) if channels % g == 0]))
        width = groups * draw(st.integers(1, 3))
        options: dict[str, Any] = {"stride": draw(sizes), "dilation": draw(sizes), "bias": draw(st.booleans())}
        kernel, padding = draw(sizes), draw(st.integers(0, 1))
        make = CONV[axes] if kind == "conv" else TRANSPOSED[axes]
        return make(channels, width, kernel, padding=padding, groups=groups, **options)
    if kind == "pool":
        return draw(st.sampled_from(POOL[axes]))(
            draw(st.integers(1, 3)), draw(st.integers(1, 2)), ceil_mode=draw(st.booleans())
        )
    return NORM[axes](channels) if kind == "norm" else nn.ReLU(inplace=draw(st.booleans()))


@st.composite
def nets(draw: st.DrawFn) -> tuple[nn.Sequential, tuple[int, ...]]:
    """A chain of layers that fit, and at its end perhaps a linear one."""
    axes = draw(st.integers(1, 3))
    shape = (draw(st.sampled_from([1, 2, 3, 4, 6])), *[SIDE[axes]] * axes)
    net, x = nn.Sequential(), torch.empty(1, *shape, device="meta")
    for _ in range(draw(st.integers(1, 5))):
        layer = draw(layers(axes, x.shape[1]))
        try:
            y = layer.to("meta").eval()(x.clone())
        except RuntimeError:  # a map that is too small for the window
            continue
        if y.numel() < 20_000:
            net.append(layer)
            x = y
    if draw(st.booleans()):
        net.extend([nn.Flatten(), nn.Linear(x[0].numel(), 3, device="meta")])
    return net.to_empty(device="cpu").eval(), shape


@quick
@given(nets())
def test_torch_counts_as_many(made: tuple[nn.Sequential, tuple[int, ...]]):
    net, shape = made
    bill = models.account(net, shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        y = net(torch.zeros(1, *shape))
    assert bill.flops == counter.get_total_flops()
    assert bill.parameters == sum(p.numel() for p in net.parameters())
    assert bill.rows[-1].output == y.shape[1:]


@settings(quick, max_examples=10)
@given(nets())
def test_fvcore_and_torchinfo_count_as_many(made: tuple[nn.Sequential, tuple[int, ...]]):
    net, shape = made
    bill = models.account(net, shape)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    counted = FlopCountAnalysis(net, torch.zeros(1, *shape)).unsupported_ops_warnings(False).by_operator()
    assert bill.multiply_adds == counted["conv"] + counted["linear"]
    info = torchinfo.summary(net, (1, *shape), verbose=0, device="cpu")
    assert bill.parameters == info.total_params
    if not any(isinstance(layer, tuple(TRANSPOSED.values())) for layer in net):
        # It counts the biases as products too, and those of norms and linear layers once for each of their weights.
        weighted = [(layer, row) for layer, row in zip(net, bill.rows[1:], strict=True) if row.multiply_adds]
        biases = sum(
            layer.bias.numel() * math.prod(row.output[1:]) for layer, row in weighted if layer.bias is not None
        )
        norms = sum(p.numel() for layer in net if isinstance(layer, tuple(NORM.values())) for p in layer.parameters())
        assert info.total_mult_adds == bill.multiply_adds + biases + norms


@st.composite
def chains(draw: st.DrawFn) -> tuple[nn.Sequential, bool]:
    """Layers of one axis in which every number of a window counts, and whether neighbors see equally much.

    They do not behind a transposed convolution that leaves holes, or where a stride takes always the same of the
    numbers that an enlarging layer has made of one.
    """
    net, even, enlarged = nn.Sequential(), True, False
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["conv", "pool", "transposed", "nearest"]))
        kernel, stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
        if kind in ("conv", "pool"):
            even = even and not (enlarged and (stride > 1 or (kind == "conv" and dilation > 1)))
            conv = nn.Conv1d(1, 1, kernel, stride, dilation=dilation, padding=draw(st.integers(0, 2)))
            net.append(conv if kind == "conv" else nn.AvgPool1d(kernel, stride))
        else:
            even = even and not enlarged and (kind == "nearest" or (kernel >= stride and dilation == 1))
            enlarged = True
            transposed = nn.ConvTranspose1d(1, 1, kernel, stride, dilation=dilation)
            net.append(transposed if kind == "transposed" else nn.Upsample(scale_factor=stride, mode="nearest"))
    for parameter in net.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return net, even


@quick
@given(chains())
def test_receptive_fields_are_what_gradients_say(made: tuple[nn.Sequential, bool]):
    net, even = made
    size = 300
    (field,) = models.account(net, (1, size)).rows[-1].receptive_field or (0,)
    x = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    y = net.double()(x)[0, 0]
    widest = 0
    for place in range(len(y) // 2, min(len(y) // 2 + 9, len(y))):
        (gradient,) = torch.autograd.grad(y[place], x, retain_graph=True)
        seen = gradient[0, 0].nonzero()
        widest = max(widest, int(seen[-1] - seen[0]) + 1 if len(seen) else 0)
    assert widest == field if even else widest <= field


@pytest.mark.parametrize("name", ["lenet5", "alexnet_one_column", "resnet20_cifar", "mobilenet_v2"])
def test_receptive_field_of_a_real_net(name: str):
    """Which pixels move the number in the middle of a map, in the deepest map whose field is within the picture."""
    shape = models.NETS[name].input
    net = models.build(name).double().eval()
    for parameter in net.parameters():
        nn.init.uniform_(parameter, 0.01, 0.02)  # nothing cancels, and no ReLU is at zero
    outputs: dict[str, torch.Tensor] = {}
    for path, module in net.named_modules():
        module.register_forward_hook(lambda _, __, y, path=path: outputs.__setitem__(path, y))
    x = torch.rand(1, *shape, dtype=torch.float64, requires_grad=True)
    net(x)
    within = [
        row for row in models.account(net, shape).rows
        if row.kind == "Conv2d" and row.receptive_field and max(row.receptive_field) <= shape[1] // 2
    ]  # fmt: skip
    for row in (within[0], within[-1]):
        y = outputs[row.name]
        (gradient,) = torch.autograd.grad(y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum(), x, retain_graph=True)
        seen = gradient[0].abs().sum(0).nonzero()
        extent = seen.amax(0) - seen.amin(0) + 1
        pooled = any(isinstance(module, nn.MaxPool2d) for module in net.modules())
        if pooled:  # the gradient of a maximum goes to one pixel of its window
            assert all(e <= f for e, f in zip(extent.tolist(), row.receptive_field, strict=True))
        else:
            assert tuple(extent.tolist()) == row.receptive_field
