"""Residual nets for small pictures, as He et al. (2016) trained them on CIFAR-10, and the same without shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.normalize import Normalize
from course_lib.models.sizes import require_counts

Shortcuts = Literal["A", "B", "C"]


class Block(nn.Module):
    """Two 3×3 convolutions, and the input added to what they make; `residual=False` leaves the input out.

    Where the size changes, the shortcut takes every second pixel and fills new channels with zeros: it has no weights
    (option A of the paper). With `project` it is a 1×1 convolution with batch normalization instead.
    """

    def __init__(self, before: int, width: int, stride: int, residual: bool, project: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.stride, self.residual, self.extra = stride, residual, width - before
        if project:
            self.project = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, before, H, W) to (N, width, H / stride, W / stride)."""
        return F.relu(self.branch(x) + self.shortcut(x) if self.residual else self.branch(x))

    def branch(self, x: torch.Tensor) -> torch.Tensor:
        """What the two convolutions make, before the addition."""
        y: torch.Tensor = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return y

    def shortcut(self, x: torch.Tensor) -> torch.Tensor:
        """What is added to the branch of a residual block."""
        if hasattr(self, "project"):
            projected: torch.Tensor = self.project(x)
            return projected
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.extra)) if self.extra else x


class ResNet(nn.Module):
    """A first convolution, stages of blocks, the mean over all positions, and a linear layer."""

    def __init__(
        self,
        widths: Sequence[int],
        blocks: Sequence[int],
        classes: int,
        channels: int,
        residual: bool,
        shortcuts: Shortcuts,
    ) -> None:
        super().__init__()
        self.normalize = Normalize(channels)
        self.stem = nn.Sequential(nn.Conv2d(channels, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]))
        stages, before = [], widths[0]
        for number, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            strides = [1 if number == 0 else 2] + [1] * (count - 1)
            befores = [before] + [width] * (count - 1)
            stage = nn.Sequential()
            for b, stride in zip(befores, strides, strict=True):
                changes = stride > 1 or b != width
                stage.append(Block(b, width, stride, residual, shortcuts == "C" or (shortcuts == "B" and changes)))
            stages.append(stage)
            before = width
        self.stages = nn.Sequential(*stages)
        self.classify = nn.Linear(before, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures (N, channels, H, W) of 0 to 1 to logits (N, classes)."""
        x = self.stages(F.relu(self.stem(self.normalize(x))))
        logits: torch.Tensor = self.classify(x.mean((2, 3)))
        return logits


def resnet(
    widths: Sequence[int] = (16, 32, 64),
    blocks: Sequence[int] = (3, 3, 3),
    classes: int = 10,
    channels: int = 3,
    residual: bool = True,
    shortcuts: Shortcuts = "A",
) -> ResNet:
    """A residual net with one stage for each width; every stage but the first halves height and width.

    Takes (N, channels, H, W) of 0 to 1, gives logits (N, classes). With three stages of n blocks each it has 6n + 2
    layers with weights: `blocks=(9, 9, 9)` is ResNet-56. `residual=False` is the plain net of the paper. Of the paper's
    options for `shortcuts`, "A" has no weights, "B" has 1×1 convolutions where the size changes, and "C" everywhere.
    Raises ValueError for sizes below 1, narrowing widths, lists of two lengths, another option, and projections in a
    plain net. Source: He et al., Deep residual learning for image recognition, CVPR 2016, sections 3.3 and 4.2.
    """
    require_counts(widths=widths, blocks=blocks, classes=[classes], channels=[channels])
    if len(widths) != len(blocks):
        raise ValueError(f"{len(widths)} widths, but {len(blocks)} numbers of blocks: each stage has one of both")
    if list(widths) != sorted(widths):
        raise ValueError(f"widths are {tuple(widths)}: a stage is at least as wide as the one before it")
    if shortcuts not in get_args(Shortcuts):
        raise ValueError(f"shortcuts is {shortcuts!r}: the paper has 'A', 'B' and 'C'")
    if shortcuts != "A" and not residual:
        raise ValueError(f"a plain net has no shortcuts, but shortcuts is {shortcuts!r}")
    return ResNet(widths, blocks, classes, channels, residual, shortcuts)


def resnet20(classes: int = 10) -> ResNet:
    """ResNet-20 of He et al. (2016): 0.27 million parameters."""
    return resnet(classes=classes)
