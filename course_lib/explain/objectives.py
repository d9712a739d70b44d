"""What of a net is to be explained, or made as large as possible: a class, a map, a single unit, a layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_lib.models.observed import Seen, features


@dataclass(frozen=True)
class Objective:
    """A number for each picture, computed from a net's logits (N, K) and the layers that it looks `at`.

    Objectives add up, and can be weighted: `logit(3) - 0.5 * channel("blocks.5", 7)`. What the net does not have, a
    class, a layer or a map, is a ValueError when the number is computed.

    Attributes:
        name: what messages call it.
        at: names of layers.
        of: makes the numbers (N,) of the logits and of what the layers gave.
    """

    name: str
    at: tuple[str, ...]
    of: Callable[[Tensor, Seen], Tensor]

    def __call__(self, net: nn.Module, x: Tensor) -> Tensor:
        """The numbers (N,) for the pictures x (N, C, H, W), graph attached. Raises ValueError for unknown layers."""
        with features(net, self.at) as seen:
            logits = net(x)
        return self.of(logits, seen)

    def __add__(self, other: Objective) -> Objective:
        """The sum, picture by picture."""
        return Objective(
            f"{self.name} + {other.name}", (*self.at, *other.at), lambda y, seen: self.of(y, seen) + other.of(y, seen)
        )

    def __mul__(self, factor: float) -> Objective:
        """Weighted by a number."""
        return Objective(f"{factor:g} * ({self.name})", self.at, lambda y, seen: factor * self.of(y, seen))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        """To be made small."""
        return -1 * self

    def __sub__(self, other: Objective) -> Objective:
        """The difference, picture by picture."""
        return self + -other


Target = int | Sequence[int] | Tensor | Objective


def logit(classes: int | Sequence[int] | Tensor) -> Objective:
    """The logit of a class, or of one class for each picture (N,). Raises ValueError if the net has no such class."""
    wanted = _whole(classes)

    def of(logits: Tensor, seen: Seen) -> Tensor:
        if not isinstance(logits, Tensor) or logits.dim() != 2:
            given = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(f"the net gives {given}, no logits (N, classes): choose a layer, as in channel(at, 0)")
        count = logits.shape[1]
        if wanted.min() < 0 or wanted.max() >= count:
            raise ValueError(f"the net knows the classes 0 to {count - 1}, not {wanted.tolist()}")
        if wanted.dim() and len(wanted) != len(logits):
            raise ValueError(f"{len(wanted)} classes for {len(logits)} pictures: give one, or one for each")
        own = wanted.to(logits.device, copy=True)  # what was made in inference mode cannot be in a graph
        return logits.gather(1, own.expand(len(logits))[:, None])[:, 0]

    return Objective(f"logit of {wanted.tolist()}", (), of)


def channel(at: str, number: int) -> Objective:
    """The mean of one map (N, h, w) of a layer; of a layer that gives vectors, one of their numbers."""
    return Objective(f"map {number} of {at}", (at,), lambda _, seen: _flat(map_of(seen, at, number)).mean(1))


def strongest(at: str, number: int) -> Objective:
    """The largest number of one map (N, h, w) of a layer, wherever it is."""
    return Objective(
        f"strongest unit of map {number} of {at}", (at,), lambda _, seen: _flat(map_of(seen, at, number)).amax(1)
    )


def unit(at: str, number: int, place: tuple[int, int] | None = None) -> Objective:
    """One number of a map (N, h, w): row and column are `place`, the middle if there is none."""

    def of(_: Tensor, seen: Seen) -> Tensor:
        one = map_of(seen, at, number)
        if one.dim() < 3:
            return one
        row, column = place or (one.shape[1] // 2, one.shape[2] // 2)
        if not (0 <= row < one.shape[1] and 0 <= column < one.shape[2]):
            raise ValueError(f"the maps of {at} are {one.shape[1]} x {one.shape[2]}: there is no {(row, column)}")
        return one[:, row, column]

    return Objective(f"unit {place or 'in the middle'} of map {number} of {at}", (at,), of)


def layer(at: str) -> Objective:
    """The mean of the squares of all that a layer gives: what DeepDream makes larger (Mordvintsev et al., 2015)."""
    return Objective(f"layer {at}", (at,), lambda _, seen: _flat(seen[at]).square().mean(1))


def as_objective(target: Target) -> Objective:
    """Classes stand for their logits; an objective for itself."""
    return target if isinstance(target, Objective) else logit(target)


def map_of(seen: Seen, at: str, number: int) -> Tensor:
    """One map (N, h, w) of a layer, or one number (N,) of its vectors. Raises ValueError if there is no such map."""
    maps = seen[at]
    if not 0 <= number < maps.shape[1]:
        raise ValueError(f"{at} has maps 0 to {maps.shape[1] - 1}, not {number}")
    return maps[:, number]


def _flat(x: Tensor) -> Tensor:
    return x.reshape(len(x), -1)


def _whole(classes: int | Sequence[int] | Tensor) -> Tensor:
    """The numbers of classes as integers, () or (N,)."""
    try:
        wanted = torch.as_tensor(classes)
    except (TypeError, ValueError, RuntimeError):
        wanted = torch.empty(0)
    if wanted.dim() > 1 or not wanted.numel() or wanted.is_floating_point() or wanted.dtype == torch.bool:
        raise ValueError(f"a class is a whole number, or there is one for each picture; this is {classes!r}")
    return wanted.long()
