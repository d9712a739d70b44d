"""How far a picture may be moved: balls around the clean picture, by the largest change or by the length of it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Norm = Literal["linf", "l2"]


def lengths(change: Tensor, norm: Norm) -> Tensor:
    """The size of each picture's change (N, C, H, W): the largest |number|, or the root of the sum of squares, (N,)."""
    flat = change.flatten(1)
    return flat.abs().amax(1) if norm == "linf" else torch.linalg.vector_norm(flat, dim=1)


def distances(x: Tensor, other: Tensor, norm: Norm = "linf") -> Tensor:
    """How far each picture (N, C, H, W) is from its clean one, in pixels of 0 to 1: (N,). Times 255 it is in bytes.

    Raises ValueError for two shapes, and for a norm that is not "linf" or "l2".
    """
    check_norm(norm)
    if x.shape != other.shape:
        raise ValueError(f"two batches of one shape are compared, not {tuple(x.shape)} and {tuple(other.shape)}")
    return lengths(other - x, norm)


def project(change: Tensor, norm: Norm, epsilon: float) -> Tensor:
    """The nearest change (N, C, H, W) that is no larger than epsilon, picture by picture."""
    if norm == "linf":
        return change.clamp(-epsilon, epsilon)
    factor = epsilon / _not_zero(lengths(change, norm))
    return change * _spread(factor.clamp(max=1))


def steepest(gradient: Tensor, norm: Norm) -> Tensor:
    """Of all changes of size 1 the one along which the loss grows fastest, picture by picture; 0 where nothing grows.

    The signs of the gradient, or the gradient over its length.
    """
    return gradient.sign() if norm == "linf" else gradient / _spread(_not_zero(lengths(gradient, norm)))


def check_norm(norm: str) -> None:
    """Raise ValueError for an unknown norm."""
    if norm not in ("linf", "l2"):
        raise ValueError(f'norm is "linf", the largest change of a number, or "l2", the root of squares; not {norm!r}')


def _not_zero(numbers: Tensor) -> Tensor:
    return numbers.clamp(min=torch.finfo(numbers.dtype).tiny)


def _spread(numbers: Tensor) -> Tensor:
    """(N,) to (N, 1, 1, 1)."""
    return numbers[:, None, None, None]
