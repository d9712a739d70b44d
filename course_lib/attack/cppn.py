"""The indirect encoding: a picture is written down as a small net that says what color stands where.

Such nets, compositional pattern-producing networks, draw lines, waves and symmetries: pictures that people see
something in, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from course_lib.attack.base import check_whole
from course_lib.attack.evolution import Encoding
from course_lib.attack.fooling import check_size

Numbers = npt.NDArray[np.float64]
Layer = tuple[Numbers, npt.NDArray[np.int64]]  # weights (inputs, outputs), and which function each output goes through
Genome = tuple[Layer, ...]

_FUNCTIONS: tuple[Callable[[Numbers], Numbers], ...] = (
    np.sin, np.cos, np.tanh, np.abs, lambda v: np.exp(-v * v), lambda v: v,
)  # fmt: skip
_INPUTS = 4  # column, row, distance from the middle, 1


@dataclass(frozen=True)
class CPPN(Encoding):
    """A net from the place of a pixel to its color, with a function of its own in each unit; a child has other weights.

    Attributes:
        size: H and W; one number for both.
        channels: C.
        hidden: units of the layers between place and color.
        part: the share of weights that a child changes, on the average; of functions it is a fifth of that.
        deviation: of the normal change of each weight.

    Source: Stanley, 2007; here the layers are fixed, and only weights and functions change.
    """

    size: int | tuple[int, int]
    channels: int = 1
    hidden: tuple[int, ...] = (8, 8)
    part: float = 0.25
    deviation: float = 0.7

    def __post_init__(self) -> None:
        """Check every value."""
        check_size(self.size)
        check_whole(1, channels=self.channels, **{f"hidden[{k}]": units for k, units in enumerate(self.hidden)})
        if not 0 < self.part <= 1 or not self.deviation > 0:
            raise ValueError(f"part is a share and deviation above 0, not {self.part} and {self.deviation}")

    def new(self, random: np.random.Generator) -> Genome:
        """Normal weights, and functions as they come."""
        units = (_INPUTS, *self.hidden, self.channels)
        return tuple(
            (random.normal(0, 1.5, shape), random.integers(len(_FUNCTIONS), size=shape[1]))
            for shape in itertools.pairwise(units)
        )

    def changed(self, genome: Genome, random: np.random.Generator) -> Genome:
        """A copy in which some weights have moved, and a few units have another function."""
        return tuple((self._moved(weights, random), self._other(kinds, random)) for weights, kinds in genome)

    def picture(self, genome: Genome) -> Tensor:
        """What the net says for every place, (C, H, W)."""
        height, width = check_size(self.size)
        x = _places(height, width)
        for weights, kinds in genome[:-1]:
            x = x @ weights
            x = np.stack([_FUNCTIONS[kind](x[:, k]) for k, kind in enumerate(kinds)], 1)
        colors = 1 / (1 + np.exp(-np.clip(3 * x @ genome[-1][0], -30, 30)))
        return torch.from_numpy(colors.T.reshape(self.channels, height, width).astype(np.float32))

    def _moved(self, weights: Numbers, random: np.random.Generator) -> Numbers:
        return weights + (random.random(weights.shape) < self.part) * random.normal(0, self.deviation, weights.shape)

    def _other(self, kinds: npt.NDArray[np.int64], random: np.random.Generator) -> npt.NDArray[np.int64]:
        drawn = random.integers(len(_FUNCTIONS), size=kinds.shape)
        return np.where(random.random(kinds.shape) < self.part / 5, drawn, kinds)


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> Numbers:
    """The inputs of each pixel, (H W, 4)."""
    row, column = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([column, row, np.hypot(column, row), np.ones_like(row)], -1).reshape(-1, _INPUTS)
