"""Changes of pictures that leave their class, drawn at random for each picture.

A variation draws from a `torch.Generator` of the CPU, so a seed gives the same pictures on every device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F

Batch = torch.Tensor
Variation = Callable[[Batch, torch.Generator], Batch]


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


def erase(size: int = 8) -> Variation:
    """A variation that hides a square of each picture behind its mean color; part of it may lie outside.

    Source: DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017.
    """
    if size < 1:
        raise ValueError(f"a square of {size} pixels hides nothing: its size is at least 1")

    def vary(x: Batch, generator: torch.Generator) -> Batch:
        n, _, height, width = x.shape
        hidden = [_stretch(n, length, size, generator).to(x.device) for length in (height, width)]
        square = (hidden[0].unsqueeze(2) & hidden[1].unsqueeze(1)).unsqueeze(1)
        return torch.where(square, x.mean((2, 3), keepdim=True), x)

    vary.__qualname__ = f"erase({size})"
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


def _stretch(count: int, length: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """(count, length) booleans: `size` neighbors in each row, around a place that is as likely as any other."""
    first = torch.randint(length, (count, 1), generator=generator) - size // 2
    place = torch.arange(length)
    return (place >= first) & (place < first + size)


def _random(count: int, generator: torch.Generator, like: Batch) -> torch.Tensor:
    return torch.rand(count, generator=generator).to(like.device)
