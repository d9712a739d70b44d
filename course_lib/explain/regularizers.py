"""What keeps a climb from noise that no eye can read: shifts, blur, and a price for roughness."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def shift(generator: torch.Generator, most: int) -> tuple[int, int]:
    """Rows and columns to shift by, each from -most to most."""
    down, right = torch.randint(-most, most + 1, (2,), generator=generator).tolist()
    return down, right


def blurred(x: Tensor, sigma: float) -> Tensor:
    """Pictures (N, C, H, W) under a Gaussian of that deviation in pixels; the border goes on beyond itself."""
    reach = max(1, round(3 * sigma))
    offsets = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    bell = torch.exp(-(offsets**2) / (2 * sigma**2))
    bell = (bell / bell.sum()).expand(x.shape[1], 1, 1, -1)
    rows = F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), bell, groups=x.shape[1])
    return F.conv2d(F.pad(rows, (0, 0, reach, reach), mode="replicate"), bell.mT, groups=x.shape[1])


def total_variation(x: Tensor) -> Tensor:
    """How rough each picture of (N, C, H, W) is, (N,): the sum of the squared differences of neighbors.

    Mahendran and Vedaldi (2015) with their exponent beta = 2.
    """
    return x.diff(dim=2).square().sum((1, 2, 3)) + x.diff(dim=3).square().sum((1, 2, 3))
