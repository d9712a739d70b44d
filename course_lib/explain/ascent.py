"""Uphill: the value of an objective and its gradient by the picture, and what both climbs share."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.explain.objectives import Objective


def require_evaluation(net: nn.Module) -> None:
    """Raise ValueError if a module of the net is in training mode: batch norms and dropout would mix in."""
    training = [name or "the net" for name, module in net.named_modules() if module.training]
    if training:
        raise ValueError(f"{training[0]} is in training mode: call net.eval() first")


def slope(
    objective: Objective, net: nn.Module, x: Tensor, shown: Callable[[Tensor], Tensor] = lambda x: x
) -> tuple[Tensor, Tensor]:
    """The objective (N,) of the pictures x (N, C, H, W) as they are `shown`, and its gradient by x (N, C, H, W).

    Weights may require a gradient, and get none: only that by the pictures is computed.

    Raises:
        ValueError: the objective is not one number a picture, is not finite, or does not depend on the pictures.
    """
    with torch.inference_mode(False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        values = objective(net, shown(x))
        if values.shape != x.shape[:1]:
            raise ValueError(f"{objective.name}: give one number a picture, ({len(x)},), not {tuple(values.shape)}")
        if not values.isfinite().all():
            raise ValueError(f"{objective.name} is not finite: {values.tolist()}")
        gradient = torch.autograd.grad(values.sum(), x, allow_unused=True)[0] if values.requires_grad else None
    if gradient is None:
        raise ValueError(f"{objective.name} does not depend on the picture: there is no gradient to follow")
    return values.detach(), gradient


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
