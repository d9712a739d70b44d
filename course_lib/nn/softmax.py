"""Softmax and its logarithm, with a temperature."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer

__all__ = [
    "Softmax",
    "log_softmax_backward",
    "log_softmax_forward",
    "softmax_backward",
    "softmax_forward",
    "softmax_jacobian",
]


class SoftmaxCache(NamedTuple):
    """What the backward passes need: the output (of log_softmax: its exponential), the axis, the temperature."""

    y: Array
    axis: int
    temperature: float


def softmax_forward(x: Array, *, axis: int = 1, temperature: float = 1.0) -> tuple[Array, SoftmaxCache]:
    """x (N, C, ...) -> y of the same shape: exp(x / temperature), divided by its sum along `axis`, cache.

    The largest x is subtracted first, which changes nothing but keeps exp from overflowing.
    Raises ValueError for an axis that x has not, and a temperature that is not positive.
    """
    shifted = _shifted("softmax_forward", x, axis, temperature)
    exponentials = np.exp(shifted)
    y = exponentials / exponentials.sum(axis=axis, keepdims=True)
    return y, SoftmaxCache(y, axis, temperature)


def softmax_backward(dy: Array, cache: SoftmaxCache) -> Array:
    """dy -> dx = y * (dy - <dy, y>) / temperature: the Jacobian times dy, without making the Jacobian."""
    y, axis, temperature = cache
    require_floats("softmax_backward", dy=dy, y=y)
    require_shape("softmax_backward", "dy", dy, y.shape, "the shape of the output")
    dx: Array = y * (dy - (dy * y).sum(axis=axis, keepdims=True)) / temperature
    return dx


def softmax_jacobian(y: Array, *, temperature: float = 1.0) -> Array:
    """Probabilities y (C,) -> J (C, C) with J[i, j] = dy_i / dx_j: y_i (1 - y_i) on the diagonal, -y_i y_j off it."""
    require_floats("softmax_jacobian", y=y)
    if y.ndim != 1:
        raise ValueError(f"softmax_jacobian: y has shape {y.shape}; it must be the probabilities of one example, (C,)")
    jacobian: Array = (np.diag(y) - np.outer(y, y)) / temperature
    return jacobian


def log_softmax_forward(x: Array, *, axis: int = 1, temperature: float = 1.0) -> tuple[Array, SoftmaxCache]:
    """x (N, C, ...) -> log(softmax(x / temperature)) of the same shape, cache. Exact where softmax rounds to 0."""
    shifted = _shifted("log_softmax_forward", x, axis, temperature)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=axis, keepdims=True)
    return shifted - np.log(total), SoftmaxCache(exponentials / total, axis, temperature)


def log_softmax_backward(dy: Array, cache: SoftmaxCache) -> Array:
    """dy -> dx = (dy - softmax(x) * sum of dy) / temperature."""
    probabilities, axis, temperature = cache
    require_floats("log_softmax_backward", dy=dy, y=probabilities)
    require_shape("log_softmax_backward", "dy", dy, probabilities.shape, "the shape of the output")
    dx: Array = (dy - probabilities * dy.sum(axis=axis, keepdims=True)) / temperature
    return dx


def _shifted(where: str, x: Array, axis: int, temperature: float) -> Array:
    require_floats(where, x=x)
    if not -x.ndim <= axis < x.ndim or x.size == 0:
        raise ValueError(f"{where}: x has shape {x.shape}; axis is {axis}, it must be one of its axes, and not empty")
    if not temperature > 0:
        raise ValueError(f"{where}: temperature is {temperature}; it must be positive")
    shifted: Array = (x - x.max(axis=axis, keepdims=True)) / temperature
    return shifted


class Softmax(FunctionLayer):
    """Softmax over the channels (N, C, ...). For training take the loss that has it inside: SoftmaxCrossEntropy."""

    functions = softmax_forward, softmax_backward

    def __init__(self, *, axis: int = 1, temperature: float = 1.0) -> None:
        super().__init__()
        self.axis, self.temperature = axis, temperature

    def options(self) -> dict[str, Any]:
        """Axis and temperature."""
        return {"axis": self.axis, "temperature": self.temperature}
