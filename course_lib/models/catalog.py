"""The classic nets by name, in the order of history."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class Entry:
    """Where a net is made, and what it takes.

    Attributes:
        file: of `course_lib.models`; it is loaded when the net is built.
        function: which makes the net.
        arguments: of the function.
        year: in which the net was published.
        input: (C, H, W) of a picture.
        classes: as many as its paper has.
    """

    file: str
    function: str
    arguments: dict[str, Any]
    year: int
    input: tuple[int, int, int] = (3, 224, 224)
    classes: int = 1000


_VGG = {"vgg11": "A", "vgg11_lrn": "A-LRN", "vgg13": "B", "vgg16_1x1": "C", "vgg16": "D", "vgg19": "E"}
_CIFAR = {20: 3, 32: 5, 44: 7, 56: 9, 110: 18}  # 6n + 2 layers: n blocks in each of three stages


def _resnets(label: str, depths: Iterable[int], **arguments: Any) -> dict[str, Entry]:
    """Residual or plain nets for photographs of 224×224."""
    return {
        label.format(depth): Entry("imagenet_resnet", "imagenet_resnet", {"depth": depth, **arguments}, 2015)
        for depth in depths
    }


def _cifar(label: str, residual: bool) -> dict[str, Entry]:
    """Residual or plain nets for pictures of 32×32."""
    return {
        label.format(depth): Entry(
            "small_resnet", "resnet", {"blocks": (n, n, n), "residual": residual}, 2015, (3, 32, 32), 10
        )
        for depth, n in _CIFAR.items()
    }


NETS: dict[str, Entry] = {
    "lenet5_1998": Entry("lenet", "lenet5_1998", {}, 1998, (1, 32, 32), 10),
    "lenet5": Entry("lenet", "lenet5", {}, 1998, (1, 32, 32), 10),
    "alexnet_two_groups": Entry("alexnet", "alexnet_two_groups", {}, 2012, (3, 227, 227)),
    "alexnet": Entry("alexnet", "alexnet", {}, 2012, (3, 227, 227)),
    "zfnet": Entry("zfnet", "zfnet", {}, 2013),
    "alexnet_one_column": Entry("alexnet", "alexnet_one_column", {}, 2014),
    **{name: Entry("vgg", "vgg", {"column": column}, 2014) for name, column in _VGG.items()},
    "googlenet": Entry("googlenet", "googlenet", {}, 2014),
    "googlenet_with_heads": Entry("googlenet", "googlenet", {"heads": True}, 2014),
    **_resnets("plain{}", (18, 34), shortcuts="none"),
    **_resnets("resnet{}", (18, 34, 50, 101, 152)),
    **_resnets("resnet{}_2015", (50, 101, 152), stride_first=True),
    **_cifar("plain{}_cifar", residual=False),
    **_cifar("resnet{}_cifar", residual=True),
    "mobilenet_v2": Entry("mobilenet", "mobilenet_v2", {}, 2018),
}


def build(name: str, classes: int | None = None, device: str | torch.device = "cpu") -> nn.Module:
    """A classic net with random weights, in training mode; `models.NETS` has the names.

    Args:
        name: such as "lenet5", "vgg16" or "resnet50".
        classes: of the output; None says as many as the paper has.
        device: "meta" where only shapes are asked for: then it takes no memory and no time.

    Raises:
        ValueError: there is no such net, or no class.
    """
    if name not in NETS:
        near = difflib.get_close_matches(str(name).lower(), NETS, n=3, cutoff=0.5)
        said = f"did you mean {', '.join(near)}?" if near else f"there is {', '.join(NETS)}"
        raise ValueError(f"there is no net {name!r} here; {said}")
    entry = NETS[name]
    count = entry.classes if classes is None else classes
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError(f"classes is {classes!r}: a whole number, at least 1")
    make: Callable[..., nn.Module] = getattr(import_module(f"course_lib.models.{entry.file}"), entry.function)
    with torch.device(device):
        return make(**entry.arguments, classes=count)
