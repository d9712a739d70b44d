"""A walk through a chain of layers: each recomputed number is the one that the layer puts out."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course_lib import models
from course_lib.models.efficientnet_lite import SameConv2d
from course_lib.models.one_number import one_number, said


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def numbers(text: str) -> list[str]:
    return re.findall(r"−?\d+\.\d{3}", text)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3),
        nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(2, 1), bias=False),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.Conv2d(4, 8, 1, groups=4),
        nn.MaxPool2d(3, 2, padding=1),
        nn.AvgPool2d(2, stride=1),
        nn.ReLU(),
        nn.Tanh(),
    ],
    ids=str,
)
def test_the_number_is_that_of_the_layer(layer: nn.Module):
    x = torch.randn(4, 9, 8)
    with torch.no_grad():
        y = layer(x[None])[0]
        found = one_number(layer, x, y)
    assert found is not None
    (channel,), row, column, *_ = found.made
    assert f"Map {channel}, row {row}, column {column}" in found.lines[0]
    assert numbers(found.lines[0])[-1] == said(float(y[channel, row, column]), 3)
    if found.tables and isinstance(layer, nn.Conv2d):
        window, weights = (table[1] for table in found.tables)
        assert np.shape(window) == np.shape(weights) == tuple(layer.kernel_size)


def test_a_sum_says_its_largest_products_and_what_the_others_make():
    layer, x = nn.Linear(3, 2), torch.tensor([1.0, -2.0, 5.0])
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.5, 2.0]]))
        layer.bias.fill_(0.25)
        found = one_number(layer, x, layer(x))
    assert found is not None
    assert found.lines[0].endswith("2.00 · 5.00 + 1.00 · 1.00 + 0.50 · (−2.00) + bias 0.250 = 10.250.")
    assert found.made == ([1], 0, 0, 1, 1)


def test_windows_with_holes_are_not_explained_wrongly():
    x = torch.randn(1, 9, 9)
    layer = nn.MaxPool2d(2, dilation=3)
    assert one_number(layer, x, layer(x[None])[0]) is None
    counted, ones = nn.AvgPool2d(3, 1, padding=1), torch.zeros(1, 2, 2)
    ones[0, 0, 0] = 1
    assert one_number(counted, ones, counted(ones[None])[0]) is None
    uneven = SameConv2d(1, 1, 3, stride=2)  # pads below and on the right alone, and its attributes do not say so
    assert one_number(uneven, x, uneven(x[None])[0]) is None


def test_steps_have_the_shapes_and_the_costs_of_the_account():
    lenet = models.build("lenet5").train()
    walk = models.walk(lenet, {"noise": torch.rand(32, 32), "black": np.zeros((1, 32, 32))})
    bill = models.account(lenet, (1, 32, 32))
    assert lenet.training, "the net stays as it is"
    for steps in walk.walks.values():
        assert len(steps) == len(lenet) + 1
        for step, row in zip(steps, bill.rows, strict=True):
            assert step.heading.endswith(" × ".join(map(str, row.output)))
            if row.kind != "picture":
                assert step.lines[0].startswith(f"{row.parameters:,} parameters, {row.multiply_adds:,} multiply-adds")
            assert step.lines[0] in step.picture.alt
    with torch.no_grad():
        logits = lenet(torch.zeros(1, 1, 32, 32))[0]
    assert f"0: {said(float(logits[0]))}" in walk.walks["black"][-1].lines[-1]


def test_a_page_of_lenet_stays_small():
    net = models.build("lenet5")
    walk = models.walk(net, {str(n): torch.rand(1, 32, 32) for n in range(5)})
    assert len(walk._repr_html_()) < 1_500_000


def test_other_modules_are_one_step():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(1, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(self.layer(x))

    step = models.walk(nn.Sequential(nn.Sequential(Twice())), {"a": torch.rand(2, 2)}).walks["a"][-1]
    assert step.heading == "0.0, Twice: 1 × 2 × 2 → 1 × 2 × 2"
    assert step.lines[0].startswith("2 parameters, 8 multiply-adds")


def test_what_cannot_walk_says_why():
    net = nn.Sequential(nn.Linear(4, 2))
    with pytest.raises(TypeError, match="chain"):
        models.walk(nn.Linear(4, 2), {"a": torch.rand(4, 4)})
    with pytest.raises(ValueError, match="one shape"):
        models.walk(net, {"a": torch.rand(4, 4), "b": torch.rand(1, 2, 4)})
    with pytest.raises(ValueError, match="'a' has shape"):
        models.walk(net, {"a": torch.rand(4)})
    with pytest.raises(ValueError, match="too many"):
        models.walk(net, {str(n): torch.rand(4, 4) for n in range(90)})
