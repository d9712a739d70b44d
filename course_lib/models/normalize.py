"""The first layer of a net: pictures in, numbers with mean 0 and deviation 1 out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from course_lib.data.augment import ChannelStatistics
from course_lib.models.measured import Measured


class Normalize(Measured):
    """(x - mean) / std for each channel, (N, C, H, W).

    A trained net takes plain pictures, since the statistics belong to it. Until they are measured they change nothing.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def _measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        statistics = ChannelStatistics.of(x_train)
        self.mean.copy_(torch.tensor(statistics.mean))
        self.std.copy_(torch.tensor(statistics.std))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize pictures (N, C, H, W) of 0 to 1."""
        return (x - self.mean.view(-1, 1, 1)) / self.std.view(-1, 1, 1)

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"{self.channels}, pictures={int(self.pictures)}"
