"""A first convolution that need not be learned: it takes small patches apart into what is independent in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from course_lib.models.measured import Measured

_MOST_PICTURES = 5000  # of which patches are taken: far more than their few numbers need
_LEAST = 1e-3  # of the mean variance: what varies less than this is noise, and is not blown up


class Whiten(Measured):
    """How much of each main direction a patch of `size`×`size` pixels holds, with both signs, and a learned bias.

    The directions are eigenvectors v of the covariance of all patches p of the training pictures, each divided by the
    deviation along it: v·(p - mean) / √(λ + ε). The outputs, (N, 2·C·size², H - size + 1, W - size + 1), have mean 0,
    deviation 1 and no correlation; then come the same with the other sign, for the ReLU behind. Until it is measured it
    is a convolution with random numbers. Source: Page, How to train your ResNet, part 8, 2019.
    """

    weight: torch.Tensor
    mean: torch.Tensor

    def __init__(self, channels: int = 3, size: int = 2) -> None:
        super().__init__(channels)
        self.size = size
        numbers = channels * size**2
        random = torch.randn(numbers, channels, size, size) / numbers**0.5
        self.register_buffer("weight", torch.cat([random, -random]))
        self.register_buffer("mean", torch.zeros(channels))
        self.bias = torch.nn.Parameter(torch.zeros(2 * numbers))

    def _measure(self, x_train: npt.NDArray[np.uint8]) -> None:
        x = torch.from_numpy(x_train[:: max(1, len(x_train) // _MOST_PICTURES)]).float() / 255
        mean = x.mean((0, 2, 3))
        patches = F.unfold(x - mean.view(-1, 1, 1), self.size).transpose(1, 2).reshape(-1, self.weight[0].numel())
        variances, directions = torch.linalg.eigh((patches.T @ patches / len(patches)).double())
        scaled = directions / (variances + _LEAST * variances.mean()).sqrt()
        filters = scaled.T.flip(0).view(-1, *self.weight.shape[1:])  # the largest variance first
        self.mean.copy_(mean)
        self.weight.copy_(torch.cat([filters, -filters]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures (N, C, H, W) of 0 to 1."""
        return F.conv2d(x - self.mean.view(-1, 1, 1), self.weight, self.bias)

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"{self.channels}, size={self.size}, pictures={int(self.pictures)}"
