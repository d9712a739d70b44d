"""Steps that remember where they went: momentum makes attacks that other nets believe, too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.attack.balls import steepest
from course_lib.attack.base import BoundedAttack
from course_lib.attack.goal import Goal
from course_lib.attack.keeping import Best
from course_lib.attack.pgd import check_steps


@dataclass(frozen=True)
class Momentum(BoundedAttack):
    """Iterative steps along a running sum of gradients, from the clean picture; the best picture is kept.

    Attributes:
        steps: how many.
        step: the length of one; None takes epsilon / steps.
        decay: what is left of the sum after a step; 0 forgets it, 1 adds up all.
        best: keep the best of all steps, for each picture; if False, the last one.

    Source: Dong et al., 2018 (who divide each gradient by the sum of its absolute values; here it is the mean, which
    changes no direction).
    """

    steps: int = 10
    step: float | None = None
    decay: float = 1.0
    best: bool = True

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_steps(self.steps, self.step)
        if not 0 <= self.decay <= 1:
            raise ValueError(f"decay is from 0 to 1, not {self.decay}")

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        step = self.epsilon / self.steps if self.step is None else self.step
        z, total, kept = x, torch.zeros_like(x), Best(x)
        for _ in range(self.steps):
            asked = goal.ask(z)
            if self.best:
                kept.offer(z, asked.loss, asked.reached)
            typical = asked.gradient.abs().mean((1, 2, 3), keepdim=True)
            total = self.decay * total + asked.gradient / typical.clamp(min=torch.finfo(x.dtype).tiny)
            z = self._back(z + step * steepest(total, self.norm), x)
        if self.best:
            kept.offer(z, *goal.judge(z))
        return kept.pictures if self.best else z
