"""Of all pictures that an attack came by, the one that fooled the net most."""

from __future__ import annotations

import torch
from torch import Tensor


class Best:
    """The best of what was offered so far, picture by picture: one that reached the goal, and then the largest loss.

    Attributes:
        pictures: (N, C, H, W); the clean ones until something is offered.
        reached: (N,), whether they reach the goal.
    """

    def __init__(self, x: Tensor) -> None:
        self.pictures = x.clone()
        self.reached = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        self._loss = torch.full((len(x),), -torch.inf, dtype=x.dtype, device=x.device)

    def offer(self, z: Tensor, loss: Tensor, reached: Tensor) -> None:
        """Keep those of z (N, C, H, W) that are better."""
        better = torch.where(reached == self.reached, loss > self._loss, reached)
        self.pictures = torch.where(better[:, None, None, None], z, self.pictures)
        self.reached, self._loss = self.reached | reached, torch.where(better, loss, self._loss)
