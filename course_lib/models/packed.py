"""Weights as whole numbers from -127 to 127: a quarter of the size, and hardly less accurate."""

from __future__ import annotations

from collections.abc import Mapping

import torch

Tensors = dict[str, torch.Tensor]

_MOST = 127
_FACTORS = ".factors"


def pack(state: Mapping[str, torch.Tensor]) -> Tensors:
    """A net's state with its kernels and matrices as int8, and beside each, as `name.factors`, one factor an output.

    The largest weight of each output becomes ±127, so no weight moves by more than half a factor. Biases, statistics
    and whatever else has one axis stay as they are. Source: Krishnamoorthi, Quantizing deep convolutional networks for
    efficient inference: a whitepaper, 2018, section 3.
    """
    packed: Tensors = {}
    for name, tensor in state.items():
        if tensor.ndim < 2:
            packed[name] = tensor.contiguous()
            continue
        rows = tensor.flatten(1)
        factors = rows.abs().amax(1).clamp(min=torch.finfo(rows.dtype).tiny) / _MOST
        packed[name] = (rows / factors[:, None]).round().to(torch.int8).view(tensor.shape)
        packed[name + _FACTORS] = factors
    return packed


def unpack(tensors: Mapping[str, torch.Tensor]) -> Tensors:
    """The state that was packed; one that was not comes back as it is."""
    state: Tensors = {}
    for name, tensor in tensors.items():
        if name.endswith(_FACTORS):
            continue
        factors = tensors.get(name + _FACTORS)
        state[name] = tensor if factors is None else tensor * factors.view(-1, *[1] * (tensor.ndim - 1))
    return state
