"""Random numbers that belong to a picture: the same alone and in any batch, others for another picture or seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.attack.balls import Norm, lengths


class Draws:
    """One generator for each picture (N, C, H, W), seeded by its bytes and by `seed`; nothing global is drawn from.

    Attributes:
        seeds: one for each picture, for generators of other libraries.
    """

    def __init__(self, x: Tensor, seed: int) -> None:
        start = zlib.crc32(str(seed).encode())
        pictures = (x.detach() * 255).round().to(torch.int32).cpu().contiguous().numpy()
        self.seeds = [zlib.crc32(picture.tobytes(), start) for picture in pictures]
        self._generators = [torch.Generator().manual_seed(own) for own in self.seeds]
        self._like = x

    def signs(self) -> Tensor:
        """-1 or 1 for each number, (N, C, H, W)."""
        return self._each(lambda own, shape: 2.0 * torch.randint(2, shape, generator=own) - 1)

    def inside(self, norm: Norm, epsilon: float) -> Tensor:
        """Changes (N, C, H, W) no larger than epsilon; each that is allowed is as likely as any other."""
        if norm == "linf":
            return epsilon * self._each(lambda own, shape: 2 * torch.rand(shape, generator=own) - 1)
        normal = self._each(lambda own, shape: torch.randn(shape, generator=own))
        share = self._each(lambda own, shape: torch.rand(1, 1, 1, generator=own)) ** (1 / normal[0].numel())
        return epsilon * share * normal / lengths(normal, norm)[:, None, None, None]

    def _each(self, draw: Callable[[torch.Generator, torch.Size], Tensor]) -> Tensor:
        shape = self._like.shape[1:]
        return torch.stack([draw(own, shape) for own in self._generators]).to(self._like)
