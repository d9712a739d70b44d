"""What all attacks have in common: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.attack.balls import Norm, check_norm, project
from course_lib.attack.goal import Goal, goal_of, weights_of
from course_lib.attack.losses import Loss, check_loss

AT_ONCE = 256  # pictures


@dataclass(frozen=True, kw_only=True)
class Attack(ABC):
    """A way to change pictures so that a net is wrong about them. It is called: `attack(net, x, labels)`.

    Preprocessing belongs in the net, so that a change is measured in the pixels of the picture. One of your own defines
    `_run(goal, x)`: `goal.ask(z)` says how large the loss is, whether the net is fooled, and which way is uphill.

    Attributes:
        bounds: the smallest and the largest number that a picture may hold.
    """

    bounds: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not self.bounds[0] < self.bounds[1]:
            raise ValueError(f"bounds are the smallest and the largest number of a picture, not {self.bounds}")

    def __call__(self, net: nn.Module, x: Tensor, labels: Any, *, targets: Any = None) -> Tensor:
        """Adversarial pictures (N, C, H, W), inside the bounds; on the device of x, computed on the device of the net.

        Each picture is attacked by itself, and gets what it would get alone. The net stays as it is, and so do the
        global random generators.

        Args:
            net: gives logits (N, K) for pictures; in eval mode.
            x: clean pictures (N, C, H, W) of 0 to 1, in the precision of the net.
            labels: the right answers (N,).
            targets: None to make the net wrong, whatever it answers then; or the answers that it is to give, one class
                for all pictures or one for each (N,).

        Raises:
            ValueError: wrong shapes, pictures outside of the bounds, classes that the net does not know, a target that
                is the label, a net in training mode, or one through which no gradient leads where one is needed.
            TypeError: what comes first is no net.
        """
        with torch.inference_mode(False), torch.no_grad():
            whole = goal_of(net, x, labels, targets, getattr(self, "loss", "cross_entropy"))
            check_bounds(x, self.bounds)
            here = x.detach().to(weights_of(net).device, copy=True)
            places = torch.arange(len(x), device=here.device).split(AT_ONCE)
            found = [self._run(whole.of(part), here[part]) for part in places]
            return torch.cat(found).clamp(*self.bounds).to(x.device)

    @abstractmethod
    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        """Adversarial pictures for clean ones (N, C, H, W)."""


@dataclass(frozen=True)
class BoundedAttack(Attack):
    """An attack that stays inside a ball around each clean picture.

    Attributes:
        epsilon: the size of the ball, in pixels of 0 to 1, as in 8 / 255; with 0 the pictures stay as they are.
        norm: "linf" bounds the change of each number, "l2" the length of the whole change.
        loss: what is made large: "cross_entropy", or "margin", the largest other logit minus the class's own.
    """

    epsilon: float
    norm: Norm = "linf"
    loss: Loss = "cross_entropy"

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_ball(self.epsilon, self.norm, self.loss, self.bounds)

    def _back(self, z: Tensor, x: Tensor) -> Tensor:
        """Into the ball around the clean pictures x, and into the bounds."""
        return (x + project(z - x, self.norm, self.epsilon)).clamp(*self.bounds)


def check_ball(epsilon: float, norm: str, loss: str, bounds: tuple[float, float]) -> None:
    """Raise ValueError for what is no ball or no loss."""
    check_norm(norm)
    check_loss(loss)
    check_epsilon(epsilon, bounds[1] - bounds[0] if norm == "linf" else math.inf)


def check_epsilon(epsilon: float, most: float = math.inf) -> None:
    """Raise ValueError unless epsilon is a number of at least 0, and no larger than any change can be."""
    if not epsilon >= 0:
        raise ValueError(f"epsilon is at least 0, not {epsilon}")
    if epsilon > most:
        raise ValueError(f"epsilon is {epsilon:g}, and pixels span {most:g}: of bytes it is n / 255")


def check_whole(least: int, **numbers: int) -> None:
    """Raise ValueError unless all of them are whole numbers, none below `least`."""
    for name, number in numbers.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise ValueError(f"{name} is a whole number of at least {least}, not {number!r}")


def check_bounds(x: Tensor, bounds: tuple[float, float]) -> None:
    """Raise ValueError for pictures with a number outside of the bounds, or one that is none."""
    low, high = (float(edge) for edge in x.detach().aminmax())
    if not bounds[0] <= low <= high <= bounds[1]:
        raise ValueError(
            f"pictures hold numbers from {bounds[0]:g} to {bounds[1]:g}, and these go from {low:.9g} to {high:.9g}: "
            "normalization belongs in the net, bytes are divided by 255, and .clamp(0, 1) cuts what resizing added"
        )
