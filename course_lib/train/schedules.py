"""How the learning rate changes: each schedule is a function of the moment alone, so there is nothing to save.

WarmUp(5).then(Cosine())      rises for five epochs, then falls to zero until the end
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """Where a training stands: epochs done so far (with fractions), of how many, and the validation loss of each."""

    at: float
    epochs: float
    losses: tuple[float, ...] = ()


class Schedule(ABC):
    """What the learning rate of the configuration is multiplied with."""

    @abstractmethod
    def factor(self, moment: Moment) -> float:
        """The factor at this moment."""

    def then(self, after: Schedule) -> Schedule:
        """This schedule for as long as it says (`WarmUp`, `Constant` and chains know it), then the other one.

        Raises ValueError if this one has no end of its own.
        """
        if not (length := self.length):
            raise ValueError(f"{self} has no end, so nothing can follow: begin with WarmUp(epochs) or Constant(epochs)")
        return Chain(self, length, after)

    @property
    def length(self) -> float | None:
        """After how many epochs the next schedule takes over; None if it goes on to the end."""
        return None

    @property
    def watches_validation(self) -> bool:
        """Does it need the validation loss?"""
        return False


@dataclass(frozen=True)
class Constant(Schedule):
    """Always the same; `epochs` says for how long when another schedule follows."""

    epochs: float | None = None

    def __post_init__(self) -> None:
        """Check the number."""
        if self.epochs is not None and not self.epochs > 0:
            raise ValueError(f"{self}: epochs must be above 0")

    def factor(self, moment: Moment) -> float:
        """1."""
        return 1.0

    @property
    def length(self) -> float | None:
        """As given."""
        return self.epochs


@dataclass(frozen=True)
class WarmUp(Schedule):
    """Rises on a straight line from `start` to 1 during the first `epochs`. Source: Goyal et al. 2017, section 2.2."""

    epochs: float = 1.0
    start: float = 0.1

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not (self.epochs > 0 and 0 <= self.start <= 1):
            raise ValueError(f"{self}: epochs must be above 0, and start from 0 to 1")

    def factor(self, moment: Moment) -> float:
        """From `start` to 1."""
        return self.start + (1 - self.start) * min(moment.at / self.epochs, 1.0)

    @property
    def length(self) -> float | None:
        """As given."""
        return self.epochs


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 to `end` at the last step. Source: Loshchilov and Hutter, SGDR, 2017, without restarts."""

    end: float = 0.0

    def __post_init__(self) -> None:
        """Check the number."""
        if not 0 <= self.end <= 1:
            raise ValueError(f"{self}: end must lie from 0 to 1")

    def factor(self, moment: Moment) -> float:
        """From 1 to `end`."""
        done = min(moment.at / moment.epochs, 1.0)
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class Step(Schedule):
    """Multiplied by `by` at each of the epochs `at`: `Step((80, 120))` is that of He et al. 2016."""

    at: tuple[float, ...]
    by: float = 0.1

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not (self.at and all(a > 0 for a in self.at) and 0 < self.by < 1):
            raise ValueError(f"{self}: at is one or more epochs above 0, as in (80, 120), and by lies between 0 and 1")

    def factor(self, moment: Moment) -> float:
        """`by` to the power of the steps that are behind."""
        return self.by ** sum(a <= moment.at for a in self.at)


@dataclass(frozen=True)
class Plateau(Schedule):
    """Multiplied by `by` when the validation loss has not fallen for more than `patience` epochs.

    A fall counts if it is larger than `threshold` of the loss, as in torch's ReduceLROnPlateau.
    """

    by: float = 0.1
    patience: int = 5
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not (0 < self.by < 1 and self.patience >= 0 and 0 <= self.threshold < 1):
            raise ValueError(f"{self}: by lies between 0 and 1, patience is 0 or more, threshold from 0 to below 1")

    def factor(self, moment: Moment) -> float:
        """Go through the losses from the first: how often was the patience at its end?"""
        best, waited, factor = math.inf, 0, 1.0
        for loss in moment.losses:
            if loss < best * (1 - self.threshold):
                best, waited = loss, 0
            else:
                waited += 1
            if waited > self.patience:
                factor, waited = factor * self.by, 0
        return factor

    @property
    def watches_validation(self) -> bool:
        """It does."""
        return True


@dataclass(frozen=True)
class Chain(Schedule):
    """`first` for `epochs` epochs, then `second`, which counts time and losses from there. Made by `then`."""

    first: Schedule
    epochs: float
    second: Schedule

    def factor(self, moment: Moment) -> float:
        """That of the one whose turn it is."""
        if moment.at < self.epochs:
            return self.first.factor(moment)
        losses = moment.losses[math.floor(self.epochs) :]  # of the epochs that ended after the change
        return self.second.factor(Moment(moment.at - self.epochs, max(moment.epochs - self.epochs, 1e-9), losses))

    @property
    def length(self) -> float | None:
        """That of both, if the second one ends."""
        return None if self.second.length is None else self.epochs + self.second.length

    @property
    def watches_validation(self) -> bool:
        """If one of them does."""
        return self.first.watches_validation or self.second.watches_validation
