"""Nets in PyTorch, small enough to read, and what they cost. They take pictures as floats, (N, C, H, W).

The nets of the course take numbers from 0 to 1; the classic ones, `models.build(name)`, what their papers fed them.
`models.pretrained(name)` gives nets that are trained already, on CIFAR-10 or ImageNet; `models.features` looks into any
net while it runs.
Each name is loaded when it is first used: a notebook that only counts loads no net.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.models.accounting import account
    from course_lib.models.bill import Bill, Memory, Row
    from course_lib.models.catalog import NETS, build
    from course_lib.models.description import described
    from course_lib.models.measured import Measured
    from course_lib.models.net_drawing import draw
    from course_lib.models.normalize import Normalize
    from course_lib.models.observed import Seen, features
    from course_lib.models.packed import pack, unpack
    from course_lib.models.plain_net import plain
    from course_lib.models.small_resnet import resnet, resnet20
    from course_lib.models.speedy_net import speedy
    from course_lib.models.trained import CARDS, pretrained
    from course_lib.models.walking import walk
    from course_lib.models.whiten import Whiten

__all__ = [
    "CARDS", "NETS", "Bill", "Measured", "Memory", "Normalize", "Row", "Seen", "Whiten", "account", "build",
    "described", "draw", "features", "pack", "plain", "pretrained", "resnet", "resnet20", "speedy", "unpack", "walk",
]  # fmt: skip

# No file has the name of what it holds: importing it would put the module in the place of the function.
_FILES = {
    "accounting": ("account",),
    "bill": ("Bill", "Memory", "Row"),
    "catalog": ("NETS", "build"),
    "description": ("described",),
    "net_drawing": ("draw",),
    "measured": ("Measured",),
    "normalize": ("Normalize",),
    "observed": ("Seen", "features"),
    "packed": ("pack", "unpack"),
    "plain_net": ("plain",),
    "small_resnet": ("resnet", "resnet20"),
    "speedy_net": ("speedy",),
    "trained": ("CARDS", "pretrained"),
    "walking": ("walk",),
    "whiten": ("Whiten",),
}


def __getattr__(name: str) -> Any:
    for file, names in _FILES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"course_lib.models.{file}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
