"""What an attack makes large: how wrong a net is about a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Loss = Literal["cross_entropy", "margin"]


def cross_entropy(logits: Tensor, classes: Tensor) -> Tensor:
    """-log p of each picture's class, (N,). Where the net is too sure, p is 1 in floats, and there is no slope left."""
    return F.cross_entropy(logits, classes, reduction="none")


def margin(logits: Tensor, classes: Tensor) -> Tensor:
    """The largest other logit minus that of the class, (N,): above 0 where the net gives another answer.

    It has a slope however sure the net is. Source: Carlini and Wagner, 2017.
    """
    own = F.one_hot(classes, logits.shape[1]).bool()
    return torch.where(own, -torch.inf, logits).amax(1) - logits.gather(1, classes[:, None])[:, 0]


LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {"cross_entropy": cross_entropy, "margin": margin}


def check_loss(loss: str) -> None:
    """Raise ValueError for an unknown loss."""
    if loss not in LOSSES:
        raise ValueError(f"loss is one of {', '.join(map(repr, LOSSES))}, not {loss!r}")
