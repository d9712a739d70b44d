"""What an attack is after, and how it asks the net: away from the right answers, or towards others."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.attack.losses import LOSSES, Loss
from course_lib.explain.explained_score import check_pictures, gradient_by, score
from course_lib.explain.objectives import Objective
from course_lib.models.observed import Seen


@dataclass(frozen=True, eq=False)
class Asked:
    """What a net says of pictures.

    Attributes:
        loss: (N,), to be made large, whatever the goal.
        reached: (N,), whether the answer is what the attack wants.
        gradient: of the loss by the pixels, (N, C, H, W); uphill.
    """

    loss: Tensor
    reached: Tensor
    gradient: Tensor


@dataclass(frozen=True, eq=False)
class Goal:
    """Away from `classes` (N,), or towards them if `targeted`.

    Attributes:
        net: any net, in eval mode; it is left as it was.
        classes: the right answers, or the answers that are wanted.
        targeted: which of the two.
        loss: of the classes; a targeted attack makes it small, and so its negative large.
    """

    net: nn.Module
    classes: Tensor
    targeted: bool
    loss: Loss = "cross_entropy"

    def ask(self, x: Tensor) -> Asked:
        """Loss, success and gradient for each picture (N, C, H, W). Raises ValueError for a net without logits."""
        losses, pictures, seen = score(self.net, x, Objective(self.loss, (), self._loss), [""])
        return Asked(losses.detach(), self._reached(seen[""].detach()), gradient_by(losses, pictures, "the picture"))

    def judge(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and success alone, each (N,)."""
        with torch.no_grad():
            logits = self.net(x.clone())  # a copy: a net may write into what it gets
        return self._loss(logits), self._reached(logits)

    def logits(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (N, K) and the pictures that their graph leads to."""
        _, pictures, seen = score(self.net, x, Objective(self.loss, (), self._loss), [""])
        return seen[""], pictures

    def reached(self, x: Tensor) -> Tensor:
        """Whether the net's answers are what the attack wants, (N,)."""
        return self.judge(x)[1]

    def of(self, chosen: Tensor | slice) -> Goal:
        """The same for some of the pictures."""
        return Goal(self.net, self.classes[chosen], self.targeted, self.loss)

    def _loss(self, logits: Tensor, _: Seen | None = None) -> Tensor:
        check_logits(logits, len(self.classes), int(self.classes.max()))
        losses = LOSSES[self.loss](logits, self.classes)
        return -losses if self.targeted else losses

    def _reached(self, logits: Tensor) -> Tensor:
        return logits.argmax(1).eq(self.classes) == self.targeted


def goal_of(net: nn.Module, x: Tensor, labels: Any, targets: Any = None, loss: Loss = "cross_entropy") -> Goal:
    """The goal of an attack on pictures x (N, C, H, W), on the device of the net.

    Args:
        net: any net, in eval mode.
        x: the clean pictures.
        labels: the right answers (N,), whole numbers.
        targets: None, or the answers that are wanted: one class for all pictures, or one for each (N,).
        loss: "cross_entropy" or "margin".

    Raises:
        ValueError: no batch of pictures, another precision than the net's, labels or targets that are none or do not
            fit, a target that is the picture's own label, a net in training mode.
        TypeError: what comes first is no net.
    """
    check_pictures(net, x)
    like = weights_of(net)
    if x.dtype != like.dtype:
        raise ValueError(f"the net computes in {like.dtype}, and the pictures are {x.dtype}: x.to({like.dtype})")
    right = as_classes(labels, len(x), "labels").to(like.device)
    wanted = right if targets is None else as_classes(targets, len(x), "targets", one_for_all=True).to(like.device)
    with torch.no_grad():
        logits = net(x[:1].detach().to(like.device, copy=True))
    check_logits(logits, 1, int(torch.maximum(right, wanted).max()))
    if targets is None:
        return Goal(net, right, False, loss)
    if (wanted == right).any():
        which = int((wanted == right).nonzero()[0])
        raise ValueError(f"picture {which} has the class {int(right[which])} already: a target is another class")
    return Goal(net, wanted, True, loss)


def as_classes(given: Any, count: int, what: str, *, one_for_all: bool = False) -> Tensor:
    """Classes as integers (count,). Raises ValueError for what is none, or for another number of them."""
    try:
        classes = torch.as_tensor(given)
    except (TypeError, ValueError, RuntimeError):
        classes = torch.empty(0)
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise ValueError(f"{what} are whole numbers, the numbers of classes, not {given!r:.80}")
    if classes.dim() == 0 and one_for_all:
        classes = classes.expand(count)
    if classes.shape != (count,):
        raise ValueError(f"{what} have the shape ({count},), one for each picture, not {tuple(classes.shape)}")
    if classes.min() < 0:
        raise ValueError(f"{what} are classes from 0 on, not {int(classes.min())}")
    return classes.long().clone()


def check_logits(logits: Any, count: int, highest: int) -> None:
    """Raise ValueError unless they are logits (count, K) of at least two classes, and K is above the highest asked."""
    if not isinstance(logits, Tensor) or logits.dim() != 2 or len(logits) != count or logits.shape[1] < 2:
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"the net gives {shape}; to be attacked it gives logits (N, K) of at least two classes")
    if highest >= logits.shape[1]:
        raise ValueError(f"the net knows the classes 0 to {logits.shape[1] - 1}, not {highest}")


def weights_of(net: nn.Module) -> Tensor:
    """A tensor of floats of the net: it has the precision and the device that pictures need."""
    tensors = itertools.chain(net.parameters(), net.buffers())
    return next((tensor for tensor in tensors if tensor.is_floating_point()), torch.empty(0))
