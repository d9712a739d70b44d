"""A net that learns photographs in minutes: it halves the picture early, so that most work is done on few pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from course_lib.models.sizes import require_counts
from course_lib.models.whiten import Whiten

_LOGITS = 1 / 8  # of the last layer's answers: steps of one size then fit all layers


class Scale(nn.Module):
    """Multiply by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Any shape to the same shape."""
        return self.factor * x

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"{self.factor:g}"


def speedy(widths: Sequence[int] = (32, 128, 128), classes: int = 10, channels: int = 3) -> nn.Sequential:
    """Whitened 2×2 patches, a stage for each width (convolution, pooling, convolution), the maximum, a linear layer.

    Each convolution begins as one that passes its input on; where it has more outputs than inputs, the others are
    random. Takes (N, channels, H, W) of 0 to 1, with H - 1 and W - 1 at least 2 for each halving; gives logits
    (N, classes). Raises ValueError for sizes below 1. Source: after Page, How to train your ResNet, 2018, and Jordan,
    94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024.
    """
    require_counts(widths=widths, classes=[classes], channels=[channels])
    whiten = Whiten(channels)
    layers: list[nn.Module] = [whiten, nn.ReLU()]
    for before, width in pairwise([len(whiten.weight), *widths]):
        layers += [_conv(before, width), nn.MaxPool2d(2), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [_conv(width, width), nn.BatchNorm2d(width), nn.ReLU()]
    last = nn.Linear(widths[-1], classes, bias=False)
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), last, Scale(_LOGITS))


def _conv(before: int, width: int) -> nn.Conv2d:
    conv = nn.Conv2d(before, width, 3, padding=1, bias=False)
    nn.init.dirac_(conv.weight[:before])
    return conv
