"""The account of any net: its layers run once on tensors without numbers, and every operation is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from course_lib.models.bill import Bill
from course_lib.models.ledger import Ledger
from course_lib.models.meta_copy import without_numbers

Input = Sequence[int] | Tensor
AnyLedger = TypeVar("AnyLedger", bound=Ledger)


def account(net: nn.Module, input: Input) -> Bill:
    """What a net costs for one picture, layer by layer: parameters, multiply-adds, activations, receptive fields.

    A copy of the net without numbers (on the device `meta`) runs once, in the mode in which the net is; only batch
    norms use their running statistics, as one picture has none, and dropout passes its input on. The net itself stays
    as it is, and its hooks do not run. What a module computes itself, between its layers, has rows of its own.

    Args:
        net: any module whose path does not depend on the numbers in its tensors.
        input: (C, H, W) of one picture, (D,) of one vector; or a batch of one as a tensor, for a net that takes
            other numbers than floats.

    Raises:
        TypeError: `net` is no module.
        ValueError: the input does not fit, or the net looks at the numbers in it; the message names the layer.
    """
    return observed(net, input, Ledger).bill()


def observed(net: nn.Module, input: Input, kind: type[AnyLedger]) -> AnyLedger:
    """A ledger of `kind`, filled by one run; it raises what `account` raises."""
    bare = without_numbers(net)
    x = _batch_of_one(bare, input)
    ledger = kind(bare, x)
    with torch.no_grad(), torch.random.fork_rng(devices=[]), torch.device("meta"), ledger:
        try:
            bare(x)
        except Exception as error:
            raise ValueError(ledger.what_failed(error)) from error
    return ledger


def _batch_of_one(net: nn.Module, input: Input) -> Tensor:
    if isinstance(input, Tensor):
        if input.ndim < 2 or len(input) != 1:
            raise ValueError(f"a tensor as input is a batch of one, (1, …), not {tuple(input.shape)}")
        return torch.empty_like(input, device="meta")
    shape = tuple(input)
    if not shape or any(not isinstance(size, int) or isinstance(size, bool) or size < 1 for size in shape):
        raise ValueError(f"input is {shape}: give the shape of one picture, (C, H, W), or of one vector, (D,)")
    floats = (p.dtype for p in net.parameters() if p.is_floating_point())
    return torch.empty((1, *shape), dtype=next(floats, torch.get_default_dtype()), device="meta")
