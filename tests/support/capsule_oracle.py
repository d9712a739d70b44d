"""Capsules a second time, by loops over single numbers, as the paper writes them; and derivatives by autograd."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, sqrt
from typing import Any

import numpy as np
import torch


def squashed(s: Any) -> list[float]:
    """Equation 1: a factor below 1 times the unit vector."""
    square = sum(x * x for x in s)
    return [square / (1 + square) * x / sqrt(square) for x in s]


def routed(u_hat: Any, iterations: int) -> tuple[Any, Any]:
    """Procedure 1 for one picture, û (I, J, D): v (J, D), and the last couplings (I, J)."""
    below, above, numbers = u_hat.shape
    b = [[0.0] * above for _ in range(below)]
    for _ in range(iterations):
        c = [[exp(x) / sum(exp(y) for y in row) for x in row] for row in b]
        v = [
            squashed([sum(c[i][j] * u_hat[i, j, d] for i in range(below)) for d in range(numbers)])
            for j in range(above)
        ]
        for i in range(below):
            for j in range(above):
                b[i][j] += sum(u_hat[i, j, d] * v[j][d] for d in range(numbers))
    return np.array(v), np.array(c)


def margin_losses(lengths: Any, present: Any) -> float:
    """Equation 4, summed over the classes of one picture."""
    total = 0.0
    for length, there in zip(lengths, present, strict=True):
        total += max(0.0, 0.9 - length) ** 2 if there else 0.5 * max(0.0, length - 0.1) ** 2
    return total


def gradient(function: Callable[..., torch.Tensor], *arrays: Any) -> list[Any]:
    """The gradients of a scalar function by each of its arrays."""
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    return [g.numpy() for g in torch.autograd.grad(function(*tensors), tensors)]
