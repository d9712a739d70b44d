"""Several looks at one picture."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F


def averaged(model: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, padding: int = 2) -> torch.Tensor:
    """Class probabilities (N, K), averaged over ten fixed views: five crops, and their mirror images."""
    height, width = x.shape[2:]
    wide = F.pad(x, (padding,) * 4, mode="reflect")
    corners = [(0, 0), (0, 2 * padding), (2 * padding, 0), (2 * padding, 2 * padding), (padding, padding)]
    views = [wide[:, :, down : down + height, right : right + width] for down, right in corners]
    views += [view.flip(3) for view in views]
    return torch.stack([model(view).float().softmax(1) for view in views]).mean(0)
