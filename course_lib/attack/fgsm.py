"""The fast gradient sign method: one step, as far as allowed, along the signs of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from course_lib.attack.balls import steepest
from course_lib.attack.base import BoundedAttack
from course_lib.attack.goal import Goal


@dataclass(frozen=True)
class FGSM(BoundedAttack):
    """x + epsilon sign(gradient of the loss), clipped; with norm="l2", epsilon times the gradient over its length.

    Where a net is linear, nothing of this size is stronger. Source: Goodfellow et al., 2015.
    """

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        return self._back(x + self.epsilon * steepest(goal.ask(x).gradient, self.norm), x)
