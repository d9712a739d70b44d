"""The control of every attack: a change of the same size that knows nothing of the net."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from course_lib.attack.base import BoundedAttack, check_whole
from course_lib.attack.draws import Draws
from course_lib.attack.goal import Goal
from course_lib.attack.keeping import Best


@dataclass(frozen=True)
class RandomSigns(BoundedAttack):
    """Each number goes up or down by the same amount, as a coin says; the best of `draws` tosses is kept.

    With norm="linf" the amount is epsilon, with "l2" epsilon over the root of the count of numbers: both fill the ball,
    up to what is clipped.

    Attributes:
        draws: how many tosses; with one, the net is not asked at all.
        seed: of the coin. Each picture tosses its own, the same alone and in any batch.
    """

    draws: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_whole(1, draws=self.draws)
        check_whole(0, seed=self.seed)

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        size = self.epsilon if self.norm == "linf" else self.epsilon / x[0].numel() ** 0.5
        draws, kept = Draws(x, self.seed), Best(x)
        for _ in range(self.draws):
            z = self._back(x + size * draws.signs(), x)
            if self.draws == 1:
                return z
            kept.offer(z, *goal.judge(z))
        return kept.pictures
