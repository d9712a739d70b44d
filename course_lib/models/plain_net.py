"""A plain small net: convolution, normalization, ReLU and pooling, a few times over."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from course_lib.models.normalize import Normalize
from course_lib.models.sizes import require_counts


def plain(widths: Sequence[int] = (16, 32, 64), classes: int = 10, channels: int = 3) -> nn.Sequential:
    """One 3×3 convolution with batch normalization, ReLU and 2×2 pooling for each width, the mean, a linear layer.

    Takes (N, channels, H, W) of 0 to 1, with H and W at least 2 for each halving; gives logits (N, classes).
    Raises ValueError for sizes below 1.
    """
    require_counts(widths=widths, classes=[classes], channels=[channels])
    layers: list[nn.Module] = [Normalize(channels)]
    for before, width in zip([channels, *widths], widths, strict=False):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes))
