"""Normalise and vary batches of pictures, as tensor operations on whatever device they lie.

A variation draws from a `torch.Generator` of the CPU, so a seed gives the same pictures on every device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

Batch = torch.Tensor
Variation = Callable[[Batch, torch.Generator], Batch]


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, of pictures scaled to 0...1; COVERAGE T02."""

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

    def normalise(self, x: Batch) -> Batch:
        """(N, C, H, W) bytes to float32 with mean 0 and deviation 1 for each channel, over the training set."""
        shape = (1, -1, 1, 1)
        mean = torch.tensor(self.mean, device=x.device).view(shape)
        std = torch.tensor(self.std, device=x.device).view(shape)
        return (x.float() / 255 - mean) / std


def flip(x: Batch, generator: torch.Generator) -> Batch:
    """Turn about half of the pictures (N, C, H, W) over, left to right."""
    turned = _random(len(x), generator, x) < 0.5
    return torch.where(turned.view(-1, 1, 1, 1), x.flip(3), x)


def crop(padding: int = 4) -> Variation:
    """A variation that moves each picture by up to `padding` pixels; what enters is its mirrored border."""

    def vary(x: Batch, generator: torch.Generator) -> Batch:
        n, _, height, width = x.shape
        wide = F.pad(x, (padding,) * 4, mode="reflect")
        down, right = (torch.randint(2 * padding + 1, (n, 1), generator=generator).to(x.device) for _ in range(2))
        rows = down + torch.arange(height, device=x.device)
        columns = right + torch.arange(width, device=x.device)
        picture = torch.arange(n, device=x.device).view(-1, 1, 1)
        return wide.permute(0, 2, 3, 1)[picture, rows.unsqueeze(2), columns.unsqueeze(1)].permute(0, 3, 1, 2)

    vary.__qualname__ = f"crop({padding})"  # what a training's record says, and so what `resume` compares
    return vary


def scale(smallest: float = 0.8, largest: float = 1.25) -> Variation:
    """A variation that shows each picture smaller or larger around its middle, by a factor between the two."""
    if not 0 < smallest <= largest:
        raise ValueError(f"a picture is scaled by factors above 0, the smaller first, not {smallest} and {largest}")

    def vary(x: Batch, generator: torch.Generator) -> Batch:
        spread = torch.log(torch.tensor(largest / smallest))
        factor = smallest * torch.exp(spread * _random(len(x), generator, x))
        theta = torch.zeros(len(x), 2, 3, device=x.device, dtype=x.dtype)
        theta[:, 0, 0] = theta[:, 1, 1] = (1 / factor).to(x.dtype)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)

    vary.__qualname__ = f"scale({smallest}, {largest})"
    return vary


def chain(variations: Sequence[Variation]) -> Variation:
    """One variation after the other."""

    def vary(x: Batch, generator: torch.Generator) -> Batch:
        for variation in variations:
            x = variation(x, generator)
        return x

    vary.__qualname__ = ", ".join(names(variations))
    return vary


def names(variations: Sequence[Variation]) -> list[str]:
    """What each is called, with its settings, as in `crop(4)`: the same in every process."""
    return [getattr(variation, "__qualname__", type(variation).__name__) for variation in variations]


def averaged(model: Callable[[Batch], torch.Tensor], x: Batch, padding: int = 2) -> torch.Tensor:
    """Class probabilities (N, K), averaged over ten fixed views: five crops, and their mirror images; COVERAGE T03."""
    height, width = x.shape[2:]
    wide = F.pad(x, (padding,) * 4, mode="reflect")
    corners = [(0, 0), (0, 2 * padding), (2 * padding, 0), (2 * padding, 2 * padding), (padding, padding)]
    views = [wide[:, :, down : down + height, right : right + width] for down, right in corners]
    views += [view.flip(3) for view in views]
    return torch.stack([model(view).float().softmax(1) for view in views]).mean(0)


def _random(count: int, generator: torch.Generator, like: Batch) -> torch.Tensor:
    return torch.rand(count, generator=generator).to(like.device)
