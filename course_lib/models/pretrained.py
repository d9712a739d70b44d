"""Nets that come with the course, trained: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from course_lib.models.resnet import resnet20

_FOLDER = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class Card:
    """What you should know of a trained net before you use it; all of it stands in `weights/README.md`.

    Attributes:
        make: the net without its weights.
        classes: classes[k] is the name of output k.
        accuracy: the share of right answers on the photographs that its card names.
    """

    make: Callable[[], nn.Module]
    classes: tuple[str, ...]
    accuracy: float


_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

CARDS = {"resnet20_cifar10": Card(resnet20, _CIFAR10, 0.8812)}


def pretrained(name: str) -> nn.Module:
    """A trained net, on the CPU, in evaluation mode; `models.CARDS[name]` says what it knows.

    "resnet20_cifar10" takes photographs (N, 3, 32, 32) of 0 to 1 and gives logits (N, 10). Raises ValueError for
    other names.
    """
    if name not in CARDS:
        raise ValueError(f"there is no trained net {name!r} in the course; there is {', '.join(CARDS)}")
    model = CARDS[name].make()
    model.load_state_dict(load_file(_FOLDER / f"{name}.safetensors"))
    return model.eval()
