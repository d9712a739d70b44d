"""Nets that come with the course, trained: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from course_lib.models.packed import unpack
from course_lib.models.small_resnet import resnet20
from course_lib.models.speedy_net import speedy

_FOLDER = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class Card:
    """What you should know of a trained net before you use it; all of it stands in `weights/README.md`.

    Attributes:
        make: the net without its weights.
        classes: classes[k] is the name of output k.
        accuracy: the share of right answers on the photographs that its card names, with one look at each.
        ten_views: the same with ten looks, averaged; `course_lib.data.augment.averaged`.
    """

    make: Callable[[], nn.Module]
    classes: tuple[str, ...]
    accuracy: float
    ten_views: float


_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

CARDS = {
    "resnet20_cifar10": Card(resnet20, _CIFAR10, 0.8810, 0.9008),
    "speedy_cifar10": Card(partial(speedy, (64, 256, 256)), _CIFAR10, 0.9022, 0.9094),
}


def pretrained(name: str) -> nn.Module:
    """A trained net, on the CPU, in evaluation mode; `models.CARDS[name]` says what it knows.

    "resnet20_cifar10", which is small and residual, and "speedy_cifar10", which is more often right, take photographs
    (N, 3, 32, 32) of 0 to 1 and give logits (N, 10). Raises ValueError for other names.
    """
    if name not in CARDS:
        raise ValueError(f"there is no trained net {name!r} in the course; there is {', '.join(CARDS)}")
    model = CARDS[name].make()
    model.load_state_dict(unpack(load_file(_FOLDER / f"{name}.safetensors")))
    return model.eval()
