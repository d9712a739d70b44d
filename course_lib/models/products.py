"""What one operation of PyTorch costs, from the shapes of its operands alone."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

_NORMS = (
    "native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
    "_batch_norm_with_update", "native_layer_norm", "native_group_norm",
)  # fmt: skip
_REDUCTIONS = ("sum", "mean", "amax", "amin", "max", "min", "var", "std", "argmax", "prod", "norm", "cumsum")
_PASSES = ("clone", "copy_", "_to_copy")  # numbers are moved, not computed

# What is known to compute products that are not counted here; an account says so when it meets one.
UNCOUNTED = (
    "_cdist_forward", "_fft_c2c", "_fft_c2r", "_fft_r2c", "_scaled_mm", "_trilinear", "addr", "convolution_backward",
    "linalg_inv_ex", "linalg_lu_factor_ex", "linalg_solve_ex", "_linalg_eigh", "_linalg_svd", "ger", "cross",
)  # fmt: skip


def name_of(op: Any) -> str:
    """`convolution` of `aten.convolution.default`."""
    name: str = op._schema.name
    return name.rpartition("::")[2]


def multiply_adds(name: str, args: tuple[Any, ...], out: Any) -> int:
    """How often an operation multiplies two numbers and adds the product to a sum; 0 for all but products of matrices.

    A convolution is counted as papers do: the zeros of the padding are multiplied like other numbers.
    """
    if name == "convolution":
        x, weight, transposed = args[0], args[1], args[6]
        # Each number that comes in meets all weights of its channel; without `transposed`, each that goes out does.
        return int((x if transposed else out).numel() * math.prod(weight.shape[1:]))
    if name in ("mm", "bmm"):
        return int(out.numel()) * int(args[0].shape[-1])
    if name in ("addmm", "baddbmm"):
        return int(out.numel()) * int(args[1].shape[-1])
    if name == "addbmm":
        return int(out.numel()) * int(args[1].shape[-1] * args[1].shape[0])
    if name in ("mv", "dot", "vdot"):
        return int(args[0].numel())
    if name == "addmv":
        return int(args[1].numel())
    return _attention(args) if "scaled_dot_product" in name else 0


def _attention(args: tuple[Any, ...]) -> int:
    """Queries times keys, then weights times values: (…, L, E), (…, S, E) and (…, S, V)."""
    query, key, value = args[:3]
    rows: int = math.prod(query.shape[:-1])
    return rows * int(key.shape[-2]) * int(query.shape[-1] + value.shape[-1])


def other_operations(op: Any, name: str, args: tuple[Any, ...], out: Any) -> int:
    """What an operation does beside multiply-adds, roughly: one for each number of a pointwise function or a sum over
    a map, two for each of a norm (times a factor, plus a shift), the window for each of a pooling layer."""
    if name in _PASSES:
        return 0
    if name in _NORMS:
        return 2 * int(out.numel())
    if "pool" in name:
        if "adaptive" in name:
            return int(args[0].numel())
        return int(out.numel()) * math.prod(pair(args[1], int(name.partition("pool")[2][0])))
    if name in ("_softmax", "_log_softmax"):
        return 3 * int(out.numel())  # e^x, their sum, the division
    if name in _REDUCTIONS or name.startswith("upsample"):
        return max(int(args[0].numel()), int(out.numel()))
    pointwise = torch.Tag.pointwise in op.tags or name == "_prelu_kernel"
    return int(out.numel()) if pointwise and isinstance(out, Tensor) else 0


def pair(size: Any, axes: int) -> tuple[int, ...]:
    """A size for each axis; PyTorch allows one for all of them."""
    sizes = (size,) if isinstance(size, int) else tuple(size)
    return sizes * axes if len(sizes) == 1 else sizes
