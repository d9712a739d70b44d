"""Capsules: vectors in place of numbers, whose length says whether something is there and whose direction says how.

As in Sabour, Frosst and Hinton, Dynamic routing between capsules, NIPS 2017, and in its letters: N pictures, I capsules
u below with d numbers each, J capsules v above with D numbers each (K of them where they stand for classes),
predictions û (N, I, J, D), couplings c (N, I, J).

In NumPy there are pairs of functions, `v, cache = squash_forward(s)` and `ds = squash_backward(dv, cache)`, as in
`course_lib.nn`. With tensors the same is called `squash`, and the net is `CapsNet`; these names load torch when they
are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from course_lib.capsules.agreement import Routed, routing_backward, routing_forward
from course_lib.capsules.margins import margin_loss_backward, margin_loss_forward, mask_forward
from course_lib.capsules.predicting import predictions_backward, predictions_forward
from course_lib.capsules.squashing import length_backward, length_forward, squash_backward, squash_forward

if TYPE_CHECKING:
    from course_lib.capsules.dimensions import dimension_pictures, dimension_sheet, explore_dimensions
    from course_lib.capsules.fitting import fit
    from course_lib.capsules.network import CapsNet, Decoder, DigitCapsules, PrimaryCapsules
    from course_lib.capsules.rival import equal_cnn
    from course_lib.capsules.settings import CapsConfig
    from course_lib.capsules.tensors import margin_loss, mask, route, squash

__all__ = [
    "CapsConfig", "CapsNet", "Decoder", "DigitCapsules", "PrimaryCapsules", "Routed", "dimension_pictures",
    "dimension_sheet", "equal_cnn", "explore_dimensions", "fit", "length_backward", "length_forward", "margin_loss",
    "margin_loss_backward", "margin_loss_forward", "mask", "mask_forward", "predictions_backward",
    "predictions_forward", "route", "routing_backward", "routing_forward", "squash", "squash_backward",
    "squash_forward",
]  # fmt: skip

# What needs torch; no file has the name of what it holds.
_FILES = {
    "dimensions": ("dimension_pictures", "dimension_sheet", "explore_dimensions"),
    "fitting": ("fit",),
    "network": ("CapsNet", "Decoder", "DigitCapsules", "PrimaryCapsules"),
    "rival": ("equal_cnn",),
    "settings": ("CapsConfig",),
    "tensors": ("margin_loss", "mask", "route", "squash"),
}


def __getattr__(name: str) -> Any:
    for file, names in _FILES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"course_lib.capsules.{file}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
