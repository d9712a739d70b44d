"""Pictures that are nothing at all, and of which a net is sure: uphill from noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_lib.attack.base import check_whole
from course_lib.attack.goal import Goal, as_classes, goal_of, weights_of


@dataclass(frozen=True, eq=False)
class Fooling:
    """One picture for each of K classes.

    Attributes:
        pictures: (K, C, H, W), 0 to 1.
        confidence: the probability that the net gives to each picture's class, (K,).
        needed: after how many steps, or generations, it was above the bar for the first time, (K,); -1 if never.
    """

    pictures: Tensor
    confidence: Tensor
    needed: Tensor


def fool_by_ascent(
    net: nn.Module, classes: Sequence[int] | Tensor, size: int | tuple[int, int], *, channels: int = 1,
    steps: int = 200, rate: float = 0.05, confidence: float = 0.99, seed: int = 0,
) -> Fooling:  # fmt: skip
    """From noise uphill in the probability of each class, by the signs of the gradient, until the net is sure.

    A picture that is above the bar stays as it is then. Source: Nguyen et al., 2015.

    Args:
        net: in eval mode; it is left as it was.
        classes: the classes (K,); the same one several times gives several pictures.
        size: H and W of the pictures; one number for both.
        channels: C.
        steps: at most so many.
        rate: by how much a step changes each number.
        confidence: the bar: the probability to get above.
        seed: of the noise.

    Raises:
        ValueError: an argument out of its range, classes that the net does not know, a net in training mode.
        TypeError: what comes first is no net.
    """
    check_whole(1, channels=channels)
    check_whole(0, steps=steps, seed=seed)
    if not rate > 0:
        raise ValueError(f"rate is above 0, not {rate}")
    sides = check_size(size)
    with torch.inference_mode(False), torch.no_grad():
        wanted = check_wanted(classes, confidence)
        z = torch.rand(len(wanted), channels, *sides, generator=torch.Generator().manual_seed(seed)).to(weights_of(net))
        aim = towards(net, z, wanted)
        needed = torch.full_like(aim.classes, -1)
        for step in range(steps + 1):
            asked = aim.ask(z)
            sure = asked.loss.exp()  # the loss is the logarithm of the class's probability
            needed[(needed < 0) & (sure > confidence)] = step
            going = needed < 0
            if step == steps or not going.any():
                break
            further = (z + rate * asked.gradient.sign()).clamp(0, 1)
            z = torch.where(going[:, None, None, None], further, z)
    return Fooling(z, sure, needed)


def towards(net: nn.Module, z: Tensor, classes: Tensor) -> Goal:
    """Large probabilities of these classes (N,). Raises what an attack raises."""
    away = goal_of(net, z, classes)
    return Goal(net, away.classes, True)


def check_wanted(classes: Sequence[int] | Tensor, confidence: float) -> Tensor:
    """The classes (K,). Raises ValueError for none, or a confidence that is no probability below 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is a probability below 1, not {confidence}")
    listed = torch.as_tensor(classes if isinstance(classes, Tensor) else list(classes))
    if listed.dim() != 1 or not len(listed):
        raise ValueError(f"classes are a list of at least one class, as in range(10), not {classes!r:.80}")
    return as_classes(listed, len(listed), "classes")


def check_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """H and W. Raises ValueError if they are none."""
    sides = size if isinstance(size, tuple) else (size, size)
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"size is height and width, at least 1, not {size}")
    return sides
