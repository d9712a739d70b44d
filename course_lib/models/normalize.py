"""The first layer of a net: pictures in, numbers with mean 0 and deviation 1 out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from course_lib.data.augment import ChannelStatistics
from course_lib.models.measured import GIVEN, Measured


class Normalize(Measured):
    """(x - mean) / std for each channel, (N, C, H, W).

    A trained net takes plain pictures, since the statistics belong to it. Until they are measured they change nothing.

    Args:
        channels: C of the pictures that it takes.
        given: mean and deviation of each channel, where they are known: then `train.fit` leaves them as they are.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, channels: int = 3, given: tuple[Sequence[float], Sequence[float]] | None = None) -> None:
        super().__init__(channels)
        mean, std = given or (torch.zeros(channels), torch.ones(channels))
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.float32))
        if given:
            self.pictures.fill_(GIVEN)

    def _measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        statistics = ChannelStatistics.of(x_train)
        self.mean.copy_(torch.tensor(statistics.mean))
        self.std.copy_(torch.tensor(statistics.std))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize pictures (N, C, H, W) of 0 to 1."""
        return (x - self.mean.view(-1, 1, 1)) / self.std.view(-1, 1, 1)

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        pictures = int(self.pictures)
        return f"{self.channels}, " + ("given" if pictures == GIVEN else f"pictures={pictures}")
