"""GoogLeNet, which won ImageNet in 2014: nine blocks, each of four branches side by side.

Source: Szegedy et al., Going deeper with convolutions, CVPR 2015, table 1 and section 5. The GoogLeNet of torchvision
is a later net of the same plan, with 6,624,904 parameters: batch normalization in place of biases and response
normalization, and 3×3 filters where the table says 5×5.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

# The rows of table 1 that are blocks: 1×1; reduction for 3×3, 3×3; reduction for 5×5, 5×5; projection behind the pool.
BLOCKS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
HEADS = ("4a", "4d")  # the blocks behind which a classifier of its own stands while the net is trained


class Inception(nn.Module):
    """Four branches that see the same maps; what they make is put one behind the other.

    Args:
        before: the maps that come in.
        widths: a row of BLOCKS.
    """

    def __init__(self, before: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        one, reduce3, three, reduce5, five, project = widths
        self.one = _conv(before, one, 1)
        self.three = nn.Sequential(OrderedDict(reduce=_conv(before, reduce3, 1), conv=_conv(reduce3, three, 3)))
        self.five = nn.Sequential(OrderedDict(reduce=_conv(before, reduce5, 1), conv=_conv(reduce5, five, 5)))
        pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.pool = nn.Sequential(OrderedDict(pool=pool, project=_conv(before, project, 1)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, one + three + five + project, H, W)."""
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class GoogLeNet(nn.Module):
    """The stem, nine blocks, the mean of each map, one linear layer; and two more classifiers on the way, if asked for.

    Args:
        classes: of the output.
        heads: whether the two auxiliary classifiers are there.
    """

    def __init__(self, classes: int, heads: bool) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            OrderedDict(
                conv1=_conv(3, 64, 7, stride=2), pool1=_pool(), norm1=_response_norm(),
                conv2_reduce=_conv(64, 64, 1), conv2=_conv(64, 192, 3), norm2=_response_norm(), pool2=_pool(),
            )
        )  # fmt: skip
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        aside: dict[str, nn.Module] = {}
        before, stage = 192, "3"
        for name, widths in BLOCKS.items():
            if name[0] != stage:
                blocks[f"pool{stage}"], stage = _pool(), name[0]
            blocks[name] = Inception(before, widths)
            before = widths[0] + widths[2] + widths[4] + widths[5]
            if heads and name in HEADS:
                aside[name] = _head(before, classes)
        self.blocks = nn.Sequential(blocks)
        self.heads = nn.ModuleDict(aside)
        self.mean, self.flatten = nn.AvgPool2d(7), nn.Flatten()
        self.drop, self.classify = nn.Dropout(0.4), nn.Linear(before, classes)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, 3, 224, 224) to logits (N, classes); in training those of the heads, if there are any, come after."""
        x = self.stem(x)
        asides = []
        for name, block in self.blocks.named_children():
            x = block(x)
            if self.training and name in self.heads:
                asides.append(self.heads[name](x))
        logits: Tensor = self.classify(self.drop(self.flatten(self.mean(x))))
        return (logits, *asides) if asides else logits


def googlenet(classes: int = 1000, heads: bool = False) -> GoogLeNet:
    """GoogLeNet as the paper's table has it: 6,998,552 parameters, 1,025,000 of them in its one linear layer.

    With `heads` it has the two classifiers that help to train it; they are not used afterwards.
    """
    return GoogLeNet(classes, heads)


def _conv(before: int, width: int, size: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(before, width, size, stride, padding=size // 2)
    return nn.Sequential(OrderedDict(conv=conv, relu=nn.ReLU(inplace=True)))


def _pool() -> nn.MaxPool2d:
    """Halves sides of 112, 56, 28 and 14 exactly, with windows that may end outside."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def _response_norm() -> nn.LocalResponseNorm:
    return nn.LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=1)


def _head(before: int, classes: int) -> nn.Sequential:
    """A classifier on 14×14 maps: section 5 of the paper has its layers in a list."""
    return nn.Sequential(
        OrderedDict(
            pool=nn.AvgPool2d(5, stride=3), reduce=_conv(before, 128, 1), flatten=nn.Flatten(),
            hidden=nn.Linear(128 * 4 * 4, 1024), relu=nn.ReLU(inplace=True), drop=nn.Dropout(0.7),
            classify=nn.Linear(1024, classes),
        )
    )  # fmt: skip
