"""How often an attack succeeds, and how often a net stands: counted fairly, with an interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.attack.base import AT_ONCE, check_bounds
from course_lib.attack.goal import goal_of
from course_lib.report.confidence import interval
from course_lib.train.evaluation import predict

Method = Callable[[nn.Module, Tensor, Tensor], Tensor]  # an attack, or a function that is called like one


@dataclass(frozen=True)
class Share:
    """`count` of `total` pictures.

    Attributes:
        count: those that are meant.
        total: those that were looked at.
    """

    count: int
    total: int

    @property
    def rate(self) -> float:
        """From 0 to 1."""
        return self.count / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """Where the rate lies if many more pictures were taken: 95 of 100 such intervals are right (Wilson, 1927)."""
        return interval(self.count, self.total)

    def __float__(self) -> float:
        """The rate."""
        return self.rate

    def __repr__(self) -> str:
        """As in `43 of 112 (38.4 %; 29.9 to 47.6 %)`."""
        low, high = self.interval
        return f"{self.count} of {self.total} ({100 * self.rate:.1f} %; {100 * low:.1f} to {100 * high:.1f} %)"


@dataclass(frozen=True, eq=False)
class Robustness:
    """What is left of a net's accuracy, of all pictures.

    Attributes:
        clean: right on the clean pictures.
        under: by the name of the attack: right before and after it.
        worst: right before, and after every attack: a picture that falls to one of them does not count.
        standing: by the name of the attack, which pictures stay right, (N,) booleans on the CPU.
    """

    clean: Share
    under: dict[str, Share]
    worst: Share
    standing: dict[str, Tensor]

    def __repr__(self) -> str:
        """A line for each."""
        rows = {"clean": self.clean, **self.under, "worst of all": self.worst}
        return "\n".join(f"{name}: {share}" for name, share in rows.items())


def success(
    net: nn.Module, x: Tensor, labels: Any, adversarial: Tensor, *, targets: Any = None,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Share:  # fmt: skip
    """Of the pictures that the net was right about before, the share that it is wrong about now.

    With targets it is the share for which it gives the answer that was wanted. What it was wrong about before is not
    counted: nobody needs to attack it.

    Args:
        net: in eval mode.
        x: clean pictures (N, C, H, W).
        labels: the right answers (N,).
        adversarial: what an attack made of x.
        targets: None, or the answers that were wanted, one or (N,).
        bounds: the smallest and the largest number that a picture may hold.

    Raises:
        ValueError: the net was right about none; adversarial pictures of another shape, or outside of the bounds;
            and what an attack raises for net, pictures and classes.
    """
    aim = goal_of(net, x, labels, targets)
    _check_adversarial(x, adversarial, bounds)
    right = _right(net, x, labels)
    if not right.any():
        raise ValueError(f"the net is wrong about all {len(x)} clean pictures: there is nothing to attack")
    fooled = predict(net, adversarial.detach(), at_once=AT_ONCE).argmax(1).eq(aim.classes.cpu()) == aim.targeted
    return Share(int((fooled & right).sum()), int(right.sum()))


def robust_accuracy(
    net: nn.Module, x: Tensor, labels: Any, attacks: Mapping[str, Method], *, bounds: tuple[float, float] = (0.0, 1.0)
) -> Robustness:
    """The accuracy that is left when each picture is attacked in every way: of all pictures, those always right.

    A net that stands against a weak attack has shown nothing; give several, the strongest with restarts. Only pictures
    that the net is right about are attacked: the others count as wrong already.

    Args:
        net: in eval mode.
        x: clean pictures (N, C, H, W).
        labels: the right answers (N,).
        attacks: by name; each is called as `attack(net, x, labels)` and gives pictures like x.
        bounds: the smallest and the largest number that a picture may hold.

    Raises:
        ValueError: no attack, an attack that gives other shapes or leaves the bounds; and what an attack raises.
    """
    if not attacks:
        raise ValueError('robust accuracy needs attacks, as in {"PGD": attack.PGD(8 / 255, restarts=5)}')
    aim = goal_of(net, x, labels)
    right = _right(net, x, labels)
    standing = {name: right.clone() for name in attacks}
    places = right.nonzero()[:, 0]
    before, classes = (whole[places.to(x.device)] for whole in (x.detach(), aim.classes.to(x.device)))
    for name, attack in attacks.items() if len(places) else ():
        after = attack(net, before.clone(), classes.clone())
        _check_adversarial(before, after, bounds)
        standing[name][places] = _right(net, after, classes)
    worst = torch.stack(list(standing.values())).all(0)
    under = {name: _share(stays) for name, stays in standing.items()}
    return Robustness(_share(right), under, _share(worst), standing)


def _right(net: nn.Module, x: Tensor, labels: Any) -> Tensor:
    return predict(net, x.detach(), at_once=AT_ONCE).argmax(1).eq(torch.as_tensor(labels).cpu())


def _share(chosen: Tensor) -> Share:
    return Share(int(chosen.sum()), len(chosen))


def _check_adversarial(x: Tensor, adversarial: Tensor, bounds: tuple[float, float]) -> None:
    if not isinstance(adversarial, Tensor) or adversarial.shape != x.shape:
        shape = tuple(adversarial.shape) if isinstance(adversarial, Tensor) else type(adversarial).__name__
        raise ValueError(f"adversarial pictures have the shape of the clean ones, {tuple(x.shape)}, not {shape}")
    check_bounds(adversarial, bounds)
