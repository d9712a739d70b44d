"""MobileNetV2: convolutions that cost little, in residual blocks that are wide inside and narrow at both ends.

Source: Sandler, Howard, Zhu, Zhmoginov and Chen, MobileNetV2: inverted residuals and linear bottlenecks, CVPR 2018,
table 2.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from torch import Tensor, nn

# The rows of table 2 that are blocks: expansion t, maps c, repetitions n, stride s of the first.
ROWS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class Conv(Protocol):
    """Makes a convolution with its norm and its ReLU."""

    def __call__(self, before: int, width: int, size: int, stride: int = 1, groups: int = 1) -> nn.Module:
        """From `before` maps to `width`, by filters of size×size."""


def conv_norm_relu6(before: int, width: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution with zeros on every side, batch norm, and ReLU up to 6."""
    conv = nn.Conv2d(before, width, size, stride, padding=size // 2, groups=groups, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(width), relu6=nn.ReLU6(inplace=True)))


class InvertedResidual(nn.Module):
    """1×1 up to t times as many maps, a filter for each, 1×1 down without a ReLU; the input added if sizes agree.

    Args:
        before: the maps that come in.
        width: the maps that go out.
        stride: of the filters between.
        expansion: t; 1 leaves the first 1×1 out.
        size: of the filters between, size×size.
        conv: makes the convolutions that have a ReLU.
    """

    def __init__(
        self, before: int, width: int, stride: int, expansion: int, size: int = 3, conv: Conv = conv_norm_relu6
    ) -> None:
        super().__init__()
        inside = before * expansion
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        if expansion > 1:
            layers["expand"] = conv(before, inside, 1)
        layers["depthwise"] = conv(inside, inside, size, stride, groups=inside)
        layers["project"] = nn.Conv2d(inside, width, 1, bias=False)
        layers["norm"] = nn.BatchNorm2d(width)
        self.branch = nn.Sequential(layers)
        self.residual = stride == 1 and before == width

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, width, H / stride, W / stride)."""
        y: Tensor = self.branch(x)
        return x + y if self.residual else y


def mobilenet_v2(classes: int = 1000) -> nn.Sequential:
    """MobileNetV2 of width 1: 3,504,872 parameters. Takes (N, 3, 224, 224)."""
    blocks: list[nn.Module] = []
    before = 32
    for expansion, width, count, stride in ROWS:
        for number in range(count):
            blocks.append(InvertedResidual(before, width, stride if number == 0 else 1, expansion))
            before = width
    return nn.Sequential(
        OrderedDict(
            stem=conv_norm_relu6(3, 32, 3, stride=2), blocks=nn.Sequential(*blocks),
            last=conv_norm_relu6(before, 1280, 1),
            mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
            drop=nn.Dropout(0.2), classify=nn.Linear(1280, classes),
        )
    )  # fmt: skip
