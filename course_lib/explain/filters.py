"""The first filters of a net are the only ones that can be looked at as pictures: they stand on pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.models.normalize import Normalize


def filters(net: nn.Module) -> Tensor:
    """The filters of the first layer that takes colors, as pictures (n, kh, kw, 3) of 0 to 1.

    Gray, 0.5, is a weight of zero; the largest weight of each filter, whatever its sign, reaches 0 or 1. Where a
    `Normalize` stands before them, the weights are divided by its deviations, which makes them weights of plain pixels.
    Raises ValueError if no layer has filters (n, 3, kh, kw).
    """
    for _, module in net.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and weight.dim() == 4 and weight.shape[1] == 3:
            scaled = weight.detach() / _deviations(net).to(weight).view(-1, 1, 1)
            largest = scaled.abs().amax((1, 2, 3), keepdim=True).clamp(min=torch.finfo(scaled.dtype).tiny)
            return (0.5 + scaled / (2 * largest)).permute(0, 2, 3, 1)
    raise ValueError("the net has no filters of 3 colors, (n, 3, kh, kw)")


def _deviations(net: nn.Module) -> Tensor:
    return next((module.std for module in net.modules() if isinstance(module, Normalize)), torch.ones(3))
