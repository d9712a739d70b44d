"""The brightness of each channel over a training set, and pictures without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, of pictures scaled to 0...1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, x_train: npt.NDArray[np.uint8]) -> ChannelStatistics:
        """Over all pictures and positions of a training set (N, C, H, W) uint8. Never show it the test set.

        Raises ValueError for an empty set or another type.
        """
        if x_train.ndim != 4 or x_train.dtype != np.uint8 or not x_train.size:
            raise ValueError(f"x_train is (N, C, H, W) uint8, but this is {x_train.shape} {x_train.dtype}")
        count = x_train.shape[0] * x_train.shape[2] * x_train.shape[3]
        counts = [np.bincount(x_train[:, c].ravel(), minlength=256) for c in range(x_train.shape[1])]
        levels = np.arange(256) / 255  # 256 levels are counted, so nothing is copied to floats
        means = [float(levels @ c / count) for c in counts]
        spread = [float(np.sqrt((levels - m) ** 2 @ c / count)) for m, c in zip(means, counts, strict=True)]
        return cls(tuple(means), tuple(s or 1.0 for s in spread))

    def normalize(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) bytes to float32 with mean 0 and deviation 1 for each channel, over the training set."""
        shape = (1, -1, 1, 1)
        mean = torch.tensor(self.mean, device=x.device).view(shape)
        std = torch.tensor(self.std, device=x.device).view(shape)
        return (x.float() / 255 - mean) / std
