"""Adversarial training: the net learns from pictures that were made to fool it, as it is now."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn

from course_lib.attack.base import Attack
from course_lib.attack.pgd import PGD
from course_lib.train.evaluation import evaluation_mode


@dataclass(frozen=True)
class Adversary:
    """Attacks each batch of a training: `train.Config(adversary=Adversary(PGD(2 / 16, steps=5)))`.

    The attack sees the net in eval mode, so that batch norm's averages are not moved by it and dropout does not blur
    it; afterwards each layer is in its own mode again. Where the attack draws, it draws anew in each step.

    Attributes:
        attack: any of this library.
    """

    attack: Attack

    def __call__(self, net: nn.Module, x: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Adversarial pictures (N, C, H, W) for a batch; the generator is that of the training."""
        attack = self.attack
        if any(field.name == "seed" for field in fields(attack)):
            seed = int(torch.randint(2**31, (), generator=generator))
            attack = replace(attack, seed=seed)  # type: ignore[call-arg]  # it has one, as was just asked
        with evaluation_mode(net):
            return attack(net, x.clamp(*attack.bounds), labels)  # a varied picture may leave the bounds by rounding


def pgd_training(epsilon: float, steps: int = 7, step: float | None = None) -> Adversary:
    """PGD from a random start, its last step: steps + 1 times the work of plain training. Source: Madry et al., 2018.

    Args:
        epsilon: the largest change of a number, in pixels of 0 to 1.
        steps: of PGD.
        step: the length of one; None takes 2.5 epsilon / steps.
    """
    return Adversary(PGD(epsilon, steps=steps, step=step, best=False))


def fast_training(epsilon: float, step: float | None = None) -> Adversary:
    """One step from a random start: twice the work of plain training. Source: Wong et al., 2020 (fast FGSM).

    With steps much longer than 1.25 epsilon, or too many epochs, a net may suddenly learn to stand against one step and
    no longer against several: look at robust accuracy by PGD.

    Args:
        epsilon: the largest change of a number, in pixels of 0 to 1.
        step: the length of the step; None takes 1.25 epsilon.
    """
    return Adversary(PGD(epsilon, steps=1, step=1.25 * epsilon if step is None else step, best=False))
