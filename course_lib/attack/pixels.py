"""The direct encoding: a picture is written down as its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from course_lib.attack.base import check_whole
from course_lib.attack.evolution import Encoding
from course_lib.attack.fooling import check_size

Genome = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pixels(Encoding):
    """Noise to begin with; a child differs in some of its numbers. What is bred looks like noise.

    Attributes:
        size: H and W; one number for both.
        channels: C.
        part: the share of numbers that a child changes, on the average.
        deviation: of the normal change of each.
    """

    size: int | tuple[int, int]
    channels: int = 1
    part: float = 0.1
    deviation: float = 0.3

    def __post_init__(self) -> None:
        """Check every value."""
        check_size(self.size)
        check_whole(1, channels=self.channels)
        if not 0 < self.part <= 1 or not self.deviation > 0:
            raise ValueError(f"part is a share and deviation above 0, not {self.part} and {self.deviation}")

    def new(self, random: np.random.Generator) -> Genome:
        """Each number is as likely as any other."""
        return random.random((self.channels, *check_size(self.size)), dtype=np.float32)

    def changed(self, genome: Genome, random: np.random.Generator) -> Genome:
        """A copy with some numbers moved, and held between 0 and 1."""
        chosen = random.random(genome.shape) < self.part
        moved = genome + chosen * random.normal(0, self.deviation, genome.shape)
        return moved.clip(0, 1).astype(np.float32)

    def picture(self, genome: Genome) -> Tensor:
        """The numbers themselves, (C, H, W)."""
        return torch.from_numpy(genome)
