"""Drawings of nets: branches are found from what the net does, repeats are folded, the words are the account's."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn

from course_lib import models
from course_lib.vis.architecture import Fork, Item, Layer, Repeat, folded


class Unnamed(nn.Module):
    """A residual block whose names say nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(width, width, 3, padding=1)
        self.b = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.b(torch.relu(self.a(x))))


class Crossing(nn.Module):
    """Each layer sees all before it, as in DenseNet."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(2 * (n + 1), 2, 3, padding=1) for n in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


def boxes(items: tuple[Item, ...]) -> list[Layer]:
    """All boxes, those of a repetition as often as they stand in the net."""
    found: list[Layer] = []
    for item in items:
        if isinstance(item, Layer):
            found.append(item)
        elif isinstance(item, Repeat):
            found += boxes(item.items) * item.times
        else:
            found += [box for branch in item.branches for box in boxes(branch)]
    return found


def drawn(name: str):
    return models.draw(models.build(name, device="meta"), models.NETS[name].input)


def test_a_shortcut_is_found_whatever_its_name():
    drawing = models.draw(nn.Sequential(nn.Conv2d(1, 4, 3), Unnamed(4), nn.Flatten(), nn.Linear(144, 2)), (1, 8, 8))
    _, _, block, dense = drawing.items
    assert isinstance(block, Fork)
    assert block.join == "add"
    assert sorted(len(branch) for branch in block.branches) == [0, 2]
    assert dense == Layer("dense", "dense", 2)


def test_equal_blocks_are_drawn_once():
    drawing = models.draw(nn.Sequential(*(Unnamed(4) for _ in range(5))), (4, 8, 8))
    assert [item.times for item in drawing.items if isinstance(item, Repeat)] == [5]
    a, b = Layer("convolution", "3×3", 1, (4, 4)), Layer("convolution", "3×3", 2, (4, 4))
    assert folded([a, b, a, b, b]) == (Repeat((a, b), 2), b)
    assert folded([a] * 3) == (a,) * 3
    assert folded([a] * 4) == (Repeat((a,), 4),)


def test_inception_has_four_branches_and_groups_two_rows():
    forks = [item for item in drawn("googlenet").items if isinstance(item, Fork)]
    assert len(forks) == 9
    assert all(len(fork.branches) == 4 and fork.join == "cat" for fork in forks)
    assert [box.groups for box in boxes(drawn("alexnet_two_groups").items) if box.kind == "convolution"] == [
        1,
        2,
        1,
        2,
        2,
    ]
    assert any(box.kind == "depthwise" for box in boxes(drawn("mobilenet_v2").items))


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "googlenet", "resnet18", "resnet50", "plain34", "resnet20_cifar"])
def test_boxes_and_words_are_those_of_the_account(name: str):
    net = models.build(name, device="meta")
    bill, drawing = models.account(net, models.NETS[name].input), drawn(name)
    weighty = [row.output for row in bill.rows if row.kind in ("Conv2d", "Linear")]
    found = [(box.channels, *box.size) for box in boxes(drawing.items) if box.kind in ("convolution", "dense")]
    assert sorted(found) == sorted(weighty)
    assert f"{bill.parameters:,} parameters and {bill.multiply_adds:,} multiply-adds" in drawing.alt
    said = {tuple(map(int, shape.split(" × "))) for shape in re.findall(r"\d+ × \d+ × \d+", drawing.alt)}
    assert {output for output in weighty if len(output) == 3} <= said


def test_connections_that_cross_are_counted_not_drawn():
    alt = models.draw(Crossing(), (2, 4, 4)).alt
    assert alt.count("3×3") == 3
    side = drawn("googlenet_with_heads")
    assert "Not drawn:" in side.alt
    assert side.items == drawn("googlenet").items


def test_phones_get_a_narrow_picture_and_both_have_the_words():
    drawing = drawn("lenet5")
    data, metadata = drawing._repr_mimebundle_()
    assert drawing.narrow.width <= 360 < drawing.wide.width <= 762
    assert data["text/html"].count("data:image/png") == 2
    assert metadata["image/png"]["alt"] == drawing.alt in repr(drawing)


def test_what_cannot_be_drawn_says_why():
    with pytest.raises(ValueError, match=r"1 .*Linear"):
        models.draw(nn.Sequential(nn.Flatten(), nn.Linear(9, 2)), (1, 4, 4))
    with pytest.raises(ValueError, match="nothing to draw"):
        models.draw(nn.Sequential(nn.ReLU()), (1, 4, 4))
