"""What a training is made of: one frozen object, so that two trainings differ in what you can see."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from typing import Any, Literal

from torch import Generator, Tensor, nn

from course_lib.data.augment import Variation, crop, flip, names
from course_lib.train.schedules import Constant, Cosine, Schedule, WarmUp

OptimizerName = Literal["sgd", "adam", "adamw", "adagrad"]
Precision = Literal["auto", "float32", "bfloat16"]
Adversary = Callable[[nn.Module, Tensor, Tensor, Generator], Tensor]  # net, pictures, labels, random numbers

_NOT_PART_OF_THE_RESULT = {"epochs", "seconds", "device", "precision", "checkpoint", "progress", "live"}


@dataclass(frozen=True)
class Config:
    """How `fit` trains. Raises ValueError for a value that makes no sense, and says which.

    Attributes:
        epochs: how often each training picture is seen.
        batch_size: pictures in one step. What does not fill a batch waits for the next epoch, which has another order.
        lr: learning rate, before the schedule.
        schedule: what it is multiplied with in the course of time.
        optimizer: "sgd" (with Nesterov's momentum), "adam", "adamw" or "adagrad".
        momentum: of SGD; 0 for none.
        weight_decay: of all weights, as in torch.optim.
        label_smoothing: this part of the target is spread over all classes, 0 for none.
        clip: the gradient's norm is cut down to this; None for never.
        augment: variations of course_lib.data.augment, drawn anew in each step.
        adversary: changes the pictures of each step so that the net, as it is then, is wrong about them: one of
            course_lib.attack, as in attack.pgd_training(2 / 16). What is held out stays clean.
        validation: this part of the training pictures is held out, and its loss and accuracy measured each epoch. The
            test set is never looked at: that is yours, at the end, with `evaluate`.
        patience: stop when the validation loss has had no new minimum for so many epochs, and go back to its
            weights; None for never.
        seconds: stop after this time, at the end of a step; None for never.
        seed: of the order, the variations, the held-out pictures, dropout.
        deterministic: refuse what torch cannot compute in the same way twice; False lets a GPU be faster.
        device: "auto" takes the GPU if there is one; or torch's name: "cpu", "cuda:1", "mps".
        precision: "auto" computes convolutions and products in bfloat16 where the hardware does.
        channels_last: keep the channels of a pixel together in memory; the same numbers, faster on many machines.
        checkpoint: write everything to this file after each epoch and at the end, to go on with `resume`.
        progress: show device and progress bar.
        live: redraw the curves after each epoch (in a notebook).
    """

    epochs: int = 10
    batch_size: int = 128
    lr: float = 0.1
    schedule: Schedule = field(default_factory=Constant)
    optimizer: OptimizerName = "sgd"
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    clip: float | None = None
    augment: tuple[Variation, ...] = ()
    adversary: Adversary | None = None
    validation: float = 0.1
    patience: int | None = None
    seconds: float | None = None
    seed: int = 0
    deterministic: bool = True
    device: str = "auto"
    precision: Precision = "auto"
    channels_last: bool = True
    checkpoint: str | PathLike[str] | None = None
    progress: bool = True
    live: bool = False

    def __post_init__(self) -> None:
        """Check every value."""
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
            self._whole(name, least)
        self._between("lr", 0, math.inf, closed=False)
        self._between("momentum", 0, 1)
        self._between("weight_decay", 0, math.inf)
        self._between("label_smoothing", 0, 1)
        self._between("clip", 0, math.inf, closed=False)
        self._between("validation", 0, 1)
        self._between("seconds", 0, math.inf, closed=False)
        self._one_of("optimizer", "sgd", "adam", "adamw", "adagrad")
        self._one_of("precision", "auto", "float32", "bfloat16")
        if not isinstance(self.schedule, Schedule):
            raise ValueError(f"schedule is {self.schedule!r}: give one of train's, as in Cosine() or Step((80, 120))")
        if not isinstance(self.augment, tuple) or not all(map(callable, self.augment)):
            raise ValueError(f"augment is {self.augment!r}: give a tuple of variations, as in (augment.flip,)")
        if self.adversary is not None and not callable(self.adversary):
            raise ValueError(f"adversary is {self.adversary!r}: give one of attack's, as in pgd_training(2 / 16)")
        if not self.validation and (self.patience or self.schedule.watches_validation):
            watcher = "patience" if self.patience else f"{self.schedule}"
            raise ValueError(f"{watcher} watches the validation loss: hold pictures out for it, as in validation=0.1")

    @classmethod
    def quick(cls, **changes: Any) -> Config:
        """A CPU and minutes: for a small net on `data.shapes()`. Whatever you name is changed."""
        usual = cls(epochs=20, batch_size=64, lr=0.1, schedule=WarmUp(1).then(Cosine()), label_smoothing=0.1)
        return replace(usual, **changes)

    @classmethod
    def full(cls, **changes: Any) -> Config:
        """A GPU: for ResNet-20 and wider on CIFAR-10, with flips and crops. Whatever you name is changed."""
        usual = cls(
            epochs=60,
            batch_size=256,
            lr=0.4,
            schedule=WarmUp(5, start=0.04).then(Cosine()),
            label_smoothing=0.1,
            augment=(flip, crop(4)),
            deterministic=False,
        )
        return replace(usual, **changes)

    def record(self) -> dict[str, str]:
        """What the result depends on, as text: stored in checkpoints, and compared when a training goes on."""
        return {
            f.name: _value_text(getattr(self, f.name)) for f in fields(self) if f.name not in _NOT_PART_OF_THE_RESULT
        }

    def _whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if value is None and name == "patience":
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} is {value!r}: it must be a whole number, at least {least}")

    def _between(self, name: str, low: float, high: float, *, closed: bool = True) -> None:
        value = getattr(self, name)
        if value is None and name in ("clip", "seconds"):
            return
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number and (low <= value < high if closed else low < value < high)):
            least = f"at least {low}" if closed else f"above {low}"
            raise ValueError(f"{name} is {value!r}: it must be a number {least}" + f" and below {high}" * (high < 9))

    def _one_of(self, name: str, *choices: str) -> None:
        if getattr(self, name) not in choices:
            raise ValueError(f"{name} is {getattr(self, name)!r}: choose one of {', '.join(choices)}")


def _value_text(value: Any) -> str:
    """The value as text that is the same in the next process; a function has an address in its own."""
    if isinstance(value, tuple) and all(map(callable, value)):
        return ", ".join(names(value))
    return str(getattr(value, "__qualname__", repr(value)))
