"""The strongest spots of pictures, with all that the unit can have seen there, and nothing else."""

from __future__ import annotations

import itertools

import pytest
import torch
import torch.nn.functional as F
from support.toy_nets import conv, pictures
from torch import Tensor, nn

from course_lib import explain, models


class Branches(nn.Module):
    """Strides, padding on one side, a dilation, a shortcut that skips pixels, a part of a map, three sizes of pools."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 2, 4, stride=2, padding=1), nn.Conv2d(2, 2, 3, padding=2, dilation=2)
        self.c, self.same = nn.Conv2d(2, 2, (3, 5), stride=2, padding=(1, 2)), nn.Conv2d(2, 2, 2, padding="same")
        self.pool, self.cut, self.end = nn.AvgPool2d(3, 2, padding=1), nn.Identity(), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(F.pad(x, (2, 0, 0, 1)))
        x = self.c(self.b(x)) + x[:, :, ::2, ::2]
        x = self.cut(self.same(x)[:, :, 1:, :-1])
        return self.end(self.pool(x)).mean((2, 3))


def positive(net: nn.Module) -> nn.Module:
    """All weights above 0: whatever a unit can see then counts, and adds to it."""
    for p in net.parameters():
        p.data = p.data.abs() + 0.1
    return net.eval()


def seen(net: nn.Module, x: Tensor, at: str, place: tuple[int, int]) -> tuple[int, int, int, int]:
    slopes = explain.gradient(net, x, explain.unit(at, 1, place))[0].abs().amax(0)
    rows, columns = slopes.amax(1).nonzero()[:, 0], slopes.amax(0).nonzero()[:, 0]
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


@pytest.mark.parametrize("at", ["a", "b", "c", "same", "cut", "pool", "end"])
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_the_box_is_what_slopes_reach_wherever_the_unit_is(at: str) -> None:
    net, x = positive(Branches()), pictures(1, 32)
    with torch.no_grad(), models.features(net, at) as given:
        net(x)
    height, width = given[at].shape[2:]
    rows, columns = (0, 1, height // 2, height - 1), (0, width // 2, width - 1)
    if at == "b":  # near the border, gaps between its pixels can lie where padding begins
        rows, columns = (height // 2,), (width // 2,)
    for row, column in itertools.product(rows, columns):

        class Chosen(nn.Module):  # makes the unit at this place the largest one
            def __init__(self) -> None:
                super().__init__()
                self.net, self.spot = net, nn.Identity()

            def forward(self, x: Tensor) -> Tensor:
                with models.features(self.net, at) as given:
                    logits = self.net(x)
                light = torch.zeros_like(given[at])
                light[:, :, row, column] = 1e6  # noqa: B023  # called in this turn of the loop
                return logits + 0 * self.spot(given[at] + light).mean((2, 3))

        (patch,) = explain.top_patches(Chosen().eval(), x, "spot", 1)
        top, left, bottom, right = patch.box
        assert patch.place == (row, column)
        assert (max(top, 0), max(left, 0), min(bottom, 32), min(right, 32)) == seen(net, x, at, (row, column))


@pytest.mark.parametrize("name", ["resnet20_cifar10", "speedy_cifar10"])
def test_the_boxes_of_a_trained_net_hold_what_slopes_reach(name: str) -> None:
    net, at = models.pretrained(name), {"resnet20_cifar10": "stages.0", "speedy_cifar10": "8"}[name]
    patches = explain.top_patches(net, pictures(4, 32), at, 1)
    assert [patch.value for patch in patches] == sorted((patch.value for patch in patches), reverse=True)
    for patch in patches:
        box = seen(net, pictures(4, 32)[patch.picture : patch.picture + 1], at, patch.place)
        assert all(found >= low for found, low in zip(box[:2], patch.box[:2], strict=True))
        assert all(found <= high for found, high in zip(box[2:], patch.box[2:], strict=True))


def test_a_spot_is_found_and_cut_out_with_gray_beyond_the_border() -> None:
    """A filter that adds up 3 × 3 pixels of red, a light pixel in each picture: inside, in a corner, darker."""
    net = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1, bias=False), nn.Flatten()).eval()
    net[0].weight.data.zero_()[1, 0] = 1.0
    x = torch.zeros(3, 3, 6, 7)
    x[0, 0, 2, 3], x[1, 0, 5, 0], x[2, 0, 0, 6] = 0.9, 1.0, 0.5
    net[0].weight.data[1, 0, 1, 1] = 2.0
    patches = explain.top_patches(net, x, "0", 1, count=5)
    assert [patch.picture for patch in patches] == [1, 0, 2]
    assert [patch.place for patch in patches] == [(5, 0), (2, 3), (0, 6)]
    assert [patch.value for patch in patches] == pytest.approx([2.0, 1.8, 1.0])
    assert [patch.box for patch in patches] == [(4, -1, 7, 2), (1, 2, 4, 5), (-1, 5, 2, 8)]
    corner = patches[0].pixels
    assert corner[0].tolist() == [[0.5, 0, 0], [0.5, 1, 0], [0.5, 0.5, 0.5]]
    assert torch.equal(patches[1].pixels, x[0, :, 1:4, 2:5])
    assert len(explain.top_patches(net, x, "0", 1, count=2)) == 2


def test_many_pictures_are_looked_at_in_parts() -> None:
    net, x = conv(F.relu), pictures(40)
    together = explain.top_patches(net, x, "b", 2, count=40)
    assert sorted(patch.picture for patch in together) == list(range(40))
    for patch in together:
        (alone,) = explain.top_patches(net, x[patch.picture : patch.picture + 1], "b", 2)
        assert (alone.place, alone.box) == (patch.place, patch.box)
        assert torch.equal(alone.pixels, patch.pixels)
        assert alone.value == pytest.approx(patch.value, rel=1e-5)


def test_of_a_class_the_whole_picture_is_the_spot() -> None:
    (patch,) = explain.top_patches(conv(F.relu), pictures(3), "classify", 2, count=1)
    top, left, bottom, right = patch.box
    assert top <= 0 <= 10 <= bottom
    assert left <= 0 <= 10 <= right
    assert torch.equal(patch.pixels[:, -top : 10 - top, -left : 10 - left], pictures(3)[patch.picture])


def test_what_cannot_be_told_is_refused() -> None:
    net = conv(F.relu)
    with pytest.raises(ValueError, match="no module 'z'"):
        explain.top_patches(net, pictures(), "z", 0)
    with pytest.raises(ValueError, match="maps 0 to 4, not 5"):
        explain.top_patches(net, pictures(), "a", 5)
    with pytest.raises(ValueError, match="count is at least 1"):
        explain.top_patches(net, pictures(), "a", 0, count=0)
    large = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Upsample(scale_factor=2), nn.Conv2d(2, 2, 3)).eval()
    with pytest.raises(ValueError, match="cannot be told"):
        explain.top_patches(large, pictures(), "2", 0)
    with pytest.raises(ValueError, match="neither maps"):
        explain.top_patches(nn.Sequential(nn.Flatten(2)).eval(), pictures(), "0", 0)
