"""Nets that are trained already: two that come with the course, and two that have seen ImageNet."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from course_lib.models import published
from course_lib.models.efficientnet_lite import efficientnet_lite0
from course_lib.models.imagenet_resnet import imagenet_resnet
from course_lib.models.normalize import Normalize
from course_lib.models.packed import unpack
from course_lib.models.small_resnet import resnet20
from course_lib.models.speedy_net import speedy

_FOLDER = Path(__file__).with_name("weights")
_STATISTICS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue, as torchvision has them


@dataclass(frozen=True)
class Card:
    """What you should know of a trained net before you use it; all of it stands in `weights/README.md`.

    Attributes:
        make: the net without its weights.
        weights: reads them, by the names of the net.
        classes: classes[k] is the name of output k.
        input: (C, H, W) of the pictures that it learned from.
        accuracy: the share of right answers on photographs it has not seen, with one look at each.
        source: who measured the accuracy, and on what.
        ten_views: the accuracy with ten looks, averaged, `course_lib.data.augment.averaged`; None if nobody measured.
    """

    make: Callable[[], nn.Module]
    weights: Callable[[], dict[str, torch.Tensor]]
    classes: tuple[str, ...]
    input: tuple[int, int, int]
    accuracy: float
    source: str
    ten_views: float | None = None


def _bundled(name: str) -> dict[str, torch.Tensor]:
    return unpack(load_file(_FOLDER / f"{name}.safetensors"))


def _resnet50() -> nn.Sequential:
    """ResNet-50 that takes pictures of 0 to 1."""
    layers = OrderedDict(imagenet_resnet(50).named_children())
    return nn.Sequential(OrderedDict(normalize=Normalize(3, _STATISTICS), **layers))


_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_IMAGENET = tuple(_FOLDER.joinpath("imagenet_classes.txt").read_text(encoding="utf-8").splitlines())
_HERE = "measured by the course, on 5,000 test photographs of CIFAR-10, compressed as JPEG"
_THERE = "published, not measured here: {}, on the 50,000 validation photographs of ImageNet 2012"

CARDS = {
    "resnet20_cifar10": Card(
        resnet20, partial(_bundled, "resnet20_cifar10"), _CIFAR10, (3, 32, 32), 0.8810, _HERE, 0.9008
    ),
    "speedy_cifar10": Card(
        partial(speedy, (64, 256, 256)), partial(_bundled, "speedy_cifar10"), _CIFAR10, (3, 32, 32), 0.9022, _HERE,
        0.9094,
    ),
    "efficientnet_lite0_imagenet": Card(
        efficientnet_lite0, published.efficientnet_lite0, _IMAGENET, (3, 224, 224), 0.751,
        _THERE.format("by the release of the Lite nets"),
    ),
    "resnet50_imagenet": Card(
        _resnet50, published.resnet50, _IMAGENET, (3, 224, 224), 0.7613,
        _THERE.format("by torchvision, IMAGENET1K_V1"),
    ),
}  # fmt: skip


def pretrained(name: str) -> nn.Module:
    """A trained net, on the CPU, in evaluation mode; `models.CARDS[name]` says what it knows.

    All take photographs as floats of 0 to 1, as their preprocessing is their first layer, and give logits.

    "resnet20_cifar10", which is small and residual, and "speedy_cifar10", which is more often right: (N, 3, 32, 32) to
    (N, 10). "efficientnet_lite0_imagenet", small and deep, and "resnet50_imagenet", where torchvision is installed:
    (N, 3, H, W), at best 224×224, at least 32×32, to (N, 1000).

    Raises:
        ValueError: there is no such net.
        CourseError: its weights are not on this machine; the message says what to type.
    """
    if name not in CARDS:
        near = difflib.get_close_matches(str(name).lower(), CARDS, n=1, cutoff=0.6)
        raise ValueError(
            f"there is no trained net {name!r} in the course; "
            + (f"did you mean {near[0]}?" if near else f"there is {', '.join(CARDS)}")
        )
    card = CARDS[name]
    weights = card.weights()
    model = card.make()
    given = {key: value for key, value in model.state_dict().items() if key.startswith("normalize.")}
    model.load_state_dict(given | weights)
    return model.eval()
