"""Which part of a picture a score needs: cover it, and look again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.explain.explained_score import check_pictures, value
from course_lib.explain.objectives import Target


def occlusion(
    net: nn.Module, x: Tensor, target: Target, *, window: int = 32, stride: int = 16, fill: float = 0.5
) -> Tensor:
    """By how much the score falls when a square is covered, (N, rows, columns). Source: Zeiler and Fergus, 2014.

    The square of number (r, c) covers the rows from r * stride to r * stride + window, and columns alike; the last
    one ends at or before the edge. Below 0 the score has grown.

    Args:
        net: any net, in eval mode.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes (their logits are taken), or an objective.
        window: side of the square, in pixels.
        stride: pixels from one square to the next.
        fill: what it is filled with; 0.5 is gray.

    Raises:
        ValueError: a window that is larger than the picture or 0, a stride of 0; wrong shapes, a net in training mode,
            a score that is not one finite number a picture.
    """
    check_pictures(net, x)
    height, width = x.shape[2:]
    if not 1 <= window <= min(height, width) or stride < 1:
        raise ValueError(
            f"window is {window} and stride {stride}: 1 to {min(height, width)}, and 1 or more, are possible"
        )
    tops, lefts = range(0, height - window + 1, stride), range(0, width - window + 1, stride)
    whole = value(net, x, target)
    falls = [whole - value(net, _covered(x, top, left, window, fill), target) for top in tops for left in lefts]
    return torch.stack(falls, 1).view(len(x), len(tops), len(lefts))


def _covered(x: Tensor, top: int, left: int, window: int, fill: float) -> Tensor:
    x = x.detach().clone()
    x[:, :, top : top + window, left : left + window] = fill
    return x
