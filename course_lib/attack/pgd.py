"""Projected gradient descent: many small steps, each followed by the way back into the ball."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from course_lib.attack.balls import steepest
from course_lib.attack.base import BoundedAttack, check_whole
from course_lib.attack.draws import Draws
from course_lib.attack.goal import Goal
from course_lib.attack.keeping import Best


@dataclass(frozen=True)
class PGD(BoundedAttack):
    """Steps uphill inside the ball, from a random point of it, once or several times; the best picture is kept.

    Attributes:
        steps: in each start.
        step: the length of one; None takes 2.5 epsilon / steps, which can cross the ball and turn around.
        random_start: begin at a random point of the ball, not at the clean picture.
        restarts: how many starts; more than one need to be random.
        best: keep the best of all steps, for each picture: one that reaches the goal, and then the largest loss. If
            False, the last step of the best start.
        seed: of the starts. Each picture draws its own, the same alone and in any batch.

    Source: Madry et al., 2018.
    """

    steps: int = 10
    step: float | None = None
    random_start: bool = True
    restarts: int = 1
    best: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_steps(self.steps, self.step)
        check_whole(1, restarts=self.restarts)
        check_whole(0, seed=self.seed)
        if self.restarts > 1 and not self.random_start:
            raise ValueError(f"{self.restarts} starts from the clean picture are all the same: random_start=True")

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        step = 2.5 * self.epsilon / self.steps if self.step is None else self.step
        draws, kept = Draws(x, self.seed), Best(x)
        for _ in range(self.restarts):
            z = self._back(x + draws.inside(self.norm, self.epsilon), x) if self.random_start else x
            for _ in range(self.steps):
                asked = goal.ask(z)
                if self.best:
                    kept.offer(z, asked.loss, asked.reached)
                z = self._back(z + step * steepest(asked.gradient, self.norm), x)
            if self.best or self.restarts > 1:
                kept.offer(z, *goal.judge(z))
        return kept.pictures if self.best or self.restarts > 1 else z


def check_steps(steps: int, step: float | None) -> None:
    """Raise ValueError for a number of steps below 1, or steps that lead nowhere."""
    check_whole(1, steps=steps)
    if step is not None and not step >= 0:
        raise ValueError(f"step is the length of one, at least 0, not {step}: the sign is the attack's business")
