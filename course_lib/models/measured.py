"""Layers whose numbers are not trained but measured, on the training pictures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

GIVEN = -1
"""In the place of a number of pictures: what the layer would measure was known when it was made."""


class Measured(nn.Module):
    """A layer that looks at the training pictures before the first step: `train.fit` shows them to it, once.

    What it measures are buffers, so they are saved with the weights of its net.

    Args:
        channels: C of the pictures that it takes.
    """

    pictures: torch.Tensor  # on how many it was measured; 0 says not yet, GIVEN that nobody need

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.register_buffer("pictures", torch.tensor(0))

    def measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        """Look at a training set (N, C, H, W) uint8. Raises ValueError for other channels."""
        if x_train.ndim != 4 or x_train.shape[1] != self.channels:
            raise ValueError(f"the net takes pictures of {self.channels} channels, but x_train is {x_train.shape}")
        self._measure(x_train)
        self.pictures.fill_(len(x_train))

    def _measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        raise NotImplementedError
