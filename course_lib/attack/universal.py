"""One change for all pictures: found on some, it fools the net about others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.attack.balls import Norm, project, steepest
from course_lib.attack.base import AT_ONCE, Attack, check_ball, check_bounds, check_whole
from course_lib.attack.goal import Goal, goal_of, weights_of
from course_lib.attack.losses import Loss
from course_lib.attack.pgd import check_steps


@dataclass(frozen=True, eq=False)
class Shared(Attack):
    """x + change, clipped: the same change for each picture, and the net is not asked.

    Attributes:
        change: (C, H, W), such as `universal` finds, or any of yours.
    """

    change: Tensor

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        if self.change.shape != x.shape[1:]:
            raise ValueError(f"a change {tuple(self.change.shape)} does not fit pictures {tuple(x.shape[1:])}")
        return (x + self.change.detach().to(x)).clamp(*self.bounds)


def universal(
    net: nn.Module, x: Tensor, labels: Any, epsilon: float, *, targets: Any = None, norm: Norm = "linf",
    loss: Loss = "cross_entropy", epochs: int = 10, batch_size: int = 128, step: float | None = None, seed: int = 0,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Tensor:  # fmt: skip
    """One change (C, H, W), no larger than epsilon, that fools the net about as many of the pictures as it can.

    Batch by batch a step along the sum of the gradients, as in training a net. Of the changes after each epoch, the one
    with the most success is kept, and among equals the one with the largest loss. `Shared(change)` applies it to other
    pictures. Sources: Moosavi-Dezfooli et al., 2017, who found that there are such changes; Shafahi et al., 2020, for
    this way to find them.

    Args:
        net: in eval mode; it is left as it was.
        x: clean pictures (N, C, H, W) of 0 to 1 to learn from.
        labels: the right answers (N,).
        epsilon: the largest change, in pixels of 0 to 1.
        targets: None, or the answers that are wanted, one class or (N,).
        norm: "linf" or "l2".
        loss: "cross_entropy" or "margin".
        epochs: how often each picture is used.
        batch_size: pictures for a step.
        step: the length of one; None takes epsilon / 10.
        seed: of the order.
        bounds: the smallest and the largest number that a picture may hold.

    Raises:
        ValueError: what an attack raises.
        TypeError: what comes first is no net.
    """
    check_ball(epsilon, norm, loss, bounds)
    check_whole(1, epochs=epochs, batch_size=batch_size)
    check_steps(1, step)
    generator = torch.Generator().manual_seed(seed)
    length = epsilon / 10 if step is None else step
    with torch.inference_mode(False), torch.no_grad():
        whole = goal_of(net, x, labels, targets, loss)
        check_bounds(x, bounds)
        here = x.detach().to(weights_of(net).device, copy=True)
        best = change = torch.zeros_like(here[:1])
        most = -1, 0.0
        for _ in range(epochs):
            for part in torch.randperm(len(here), generator=generator).to(here.device).split(batch_size):
                moved = here[part] + change
                shown = moved.clamp(*bounds)
                uphill = (whole.of(part).ask(shown).gradient * (moved == shown)).sum(0, keepdim=True)
                change = project(change + length * steepest(uphill, norm), norm, epsilon)
            now = _standing(whole, (here + change).clamp(*bounds))
            if now > most:
                best, most = change, now
    return best[0].to(x.device)


def _standing(whole: Goal, z: Tensor) -> tuple[int, float]:
    """For how many pictures the goal is reached, and the sum of the losses."""
    places = torch.arange(len(z), device=z.device).split(AT_ONCE)
    judged = [whole.of(part).judge(z[part]) for part in places]
    return sum(int(reached.sum()) for _, reached in judged), sum(float(loss.sum()) for loss, _ in judged)
