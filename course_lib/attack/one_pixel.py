"""A few pixels, changed at will: an attack that needs no gradient, only answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from course_lib.attack.base import AT_ONCE, Attack, check_whole
from course_lib.attack.draws import Draws
from course_lib.attack.goal import Goal
from course_lib.attack.keeping import Best

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OnePixel(Attack):
    """Differential evolution looks for places and colors of a few pixels; it stops as soon as the net is fooled.

    How far a pixel moves is bounded by the bounds alone.

    Attributes:
        pixels: how many may change.
        population: how many candidates there are.
        generations: at most so many; each asks the net about every candidate.
        seed: of the evolution. Each picture draws its own, the same alone and in any batch.

    Source: Su et al., 2019.
    """

    pixels: int = 1
    population: int = 100
    generations: int = 30
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_whole(0, pixels=self.pixels, generations=self.generations, seed=self.seed)
        check_whole(5, population=self.population)
        if not np.isfinite(self.bounds).all():
            raise ValueError(f"colors are looked for between bounds that are numbers, not {self.bounds}")

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        goal = Goal(goal.net, goal.classes, goal.targeted, "margin")
        kept = Best(x)
        kept.offer(x, *goal.judge(x))
        found = x.clone()
        for k in (~kept.reached).nonzero()[:, 0].tolist() if self.pixels else ():
            found[k] = self._evolved(goal.of(slice(k, k + 1)), x[k], Draws(x[k : k + 1], self.seed).seeds[0])
        kept.offer(found, *goal.judge(found))
        return kept.pictures

    def _evolved(self, goal: Goal, picture: Tensor, seed: int) -> Tensor:
        """The best candidate for one picture (C, H, W)."""
        from scipy.optimize import differential_evolution  # here, since it is slow to import

        channels, height, width = picture.shape
        low, high = self.bounds
        limits = np.array([(0, height), (0, width), *[(low, high)] * channels] * self.pixels, np.float64)
        random = np.random.default_rng(seed)
        start = random.uniform(limits[:, 0], limits[:, 1], (self.population, len(limits)))

        def standing(candidates: Numbers) -> Numbers:
            """How far each of the candidates (numbers, S) is from fooling the net: below 0 it does."""
            shown = self._painted(picture, candidates.T)
            return (
                torch.cat([-_repeated(goal, len(z)).judge(z)[0] for z in shown.split(AT_ONCE)]).cpu().double().numpy()
            )

        result = differential_evolution(
            standing, limits, maxiter=self.generations, init=start, tol=0, polish=False, seed=random,
            vectorized=True, updating="deferred", callback=lambda one, convergence: bool(standing(one[:, None])[0] < 0),
        )  # fmt: skip
        return self._painted(picture, result.x[None])[0]

    def _painted(self, picture: Tensor, candidates: Numbers) -> Tensor:
        """Copies of the picture, (S, C, H, W), with the pixels of each candidate (S, numbers)."""
        channels, height, width = picture.shape
        pixels = torch.from_numpy(candidates.reshape(len(candidates), self.pixels, 2 + channels)).to(picture)
        rows, columns = (pixels[:, :, k].long().clamp(max=side - 1) for k, side in enumerate((height, width)))
        shown = picture.repeat(len(candidates), 1, 1, 1)
        which = torch.arange(len(candidates), device=picture.device)
        for k in range(self.pixels):
            shown[which, :, rows[:, k], columns[:, k]] = pixels[:, k, 2:]
        return shown


def _repeated(goal: Goal, count: int) -> Goal:
    return Goal(goal.net, goal.classes.expand(count), goal.targeted, goal.loss)
