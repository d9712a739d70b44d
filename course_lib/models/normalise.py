"""The first layer of a net: pictures in, numbers with mean 0 and deviation 1 out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from course_lib.data.augment import ChannelStatistics


class Normalise(nn.Module):
    """(x - mean) / std for each channel, (N, C, H, W); COVERAGE T02.

    The statistics belong to the net, so they are saved with its weights and a trained net takes plain pictures.
    `train.fit` measures them on the training pictures, once; until then they change nothing.

    Args:
        channels: C.
    """

    mean: torch.Tensor
    std: torch.Tensor
    pictures: torch.Tensor  # on how many it was measured; 0 says not yet

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))
        self.register_buffer("pictures", torch.tensor(0))

    def measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        """Take the statistics of a training set (N, C, H, W) uint8. Raises ValueError for other channels."""
        if x_train.ndim != 4 or x_train.shape[1] != len(self.mean):
            raise ValueError(f"the net takes pictures of {len(self.mean)} channels, but x_train is {x_train.shape}")
        statistics = ChannelStatistics.of(x_train)
        self.mean.copy_(torch.tensor(statistics.mean))
        self.std.copy_(torch.tensor(statistics.std))
        self.pictures.fill_(len(x_train))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise pictures (N, C, H, W) of 0 to 1."""
        return (x - self.mean.view(-1, 1, 1)) / self.std.view(-1, 1, 1)

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"{len(self.mean)}, pictures={int(self.pictures)}"
