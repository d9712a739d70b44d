"""The shortest way out: treat the net as linear, step over the nearest face of the class's region, look again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.attack.balls import lengths, project
from course_lib.attack.base import Attack, check_epsilon, check_whole
from course_lib.attack.goal import Goal

_LEAST = 1e-6  # of a lead: a picture on the very face still has to leave it


@dataclass(frozen=True)
class DeepFool(Attack):
    """Nearly the smallest change, by its length, that crosses to another class; for a linear net exactly that.

    A picture that the net is wrong about stays as it is. A targeted one crosses, step by step, the face between the
    strongest class and the target.

    Attributes:
        steps: at most so many.
        overshoot: how much further than to the face, as a part of the way.
        candidates: only the faces of so many classes are looked at, those with the largest logits.
        epsilon: a longer change is cut back to this length, in pixels of 0 to 1, and then need not cross.

    Source: Moosavi-Dezfooli et al., 2016.
    """

    steps: int = 50
    overshoot: float = 0.02
    candidates: int = 10
    epsilon: float = math.inf

    def __post_init__(self) -> None:
        """Check every value."""
        super().__post_init__()
        check_whole(1, steps=self.steps, candidates=self.candidates)
        check_epsilon(self.epsilon)
        if not self.overshoot >= 0:
            raise ValueError(f"overshoot is at least 0, not {self.overshoot}")

    def _run(self, goal: Goal, x: Tensor) -> Tensor:
        z, total = x.clone(), torch.zeros_like(x)
        going = (~goal.reached(x)).nonzero()[:, 0]
        for _ in range(self.steps):
            if not len(going):
                break
            total[going] += self._to_the_nearest_face(goal.of(going), z[going])
            z[going] = (x[going] + (1 + self.overshoot) * total[going]).clamp(*self.bounds)
            going = going[~goal.of(going).reached(z[going])]
        return x + project(z - x, "l2", self.epsilon)

    def _to_the_nearest_face(self, goal: Goal, z: Tensor) -> Tensor:
        """The change (N, C, H, W) that makes two logits equal, if the net is linear: the shortest such change."""
        logits, pictures = goal.logits(z)
        own = goal.classes[:, None]
        others = logits.detach().scatter(1, own, -torch.inf).topk(min(self.candidates, logits.shape[1] - 1)).indices
        leader, behind = (others[:, :1], own) if goal.targeted else (own, others)
        nearest, change = torch.full_like(logits[:, 0], torch.inf).detach(), torch.zeros_like(z)
        for k in range(behind.shape[1]):
            with torch.enable_grad():
                lead = (logits.gather(1, leader) - logits.gather(1, behind[:, k : k + 1]))[:, 0]
                (slope,) = torch.autograd.grad(lead.sum(), pictures, retain_graph=True)
            ahead, steepness = lead.detach().clamp(min=_LEAST), lengths(slope, "l2")
            distance = torch.where(steepness > 0, ahead / steepness, torch.inf)
            way = -slope * (ahead / steepness.square())[:, None, None, None]
            change = torch.where((distance < nearest)[:, None, None, None], way, change)
            nearest = torch.minimum(nearest, distance)
        return change
