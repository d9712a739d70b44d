"""Activations that saturate: the logistic sigmoid and the hyperbolic tangent."""

from __future__ import annotations

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer

__all__ = ["Sigmoid", "Tanh", "sigmoid_backward", "sigmoid_forward", "tanh_backward", "tanh_forward"]


def sigmoid_forward(x: Array) -> tuple[Array, Array]:
    """x (any shape) -> y = 1 / (1 + exp(-x)), and y again as the cache."""
    require_floats("sigmoid_forward", x=x)
    small = np.exp(-np.abs(x))  # never overflows; the fraction below is the sigmoid of |x|, mirrored where x < 0
    y = np.where(x >= 0, 1, small) / (1 + small)
    return y, y


def sigmoid_backward(dy: Array, cache: Array) -> Array:
    """dy -> dx = dy * y * (1 - y), at most a quarter of dy."""
    require_floats("sigmoid_backward", dy=dy, y=cache)
    require_shape("sigmoid_backward", "dy", dy, cache.shape, "the shape of the output")
    dx: Array = dy * cache * (1 - cache)
    return dx


def tanh_forward(x: Array) -> tuple[Array, Array]:
    """x (any shape) -> y = tanh(x), and y again as the cache."""
    require_floats("tanh_forward", x=x)
    y = np.tanh(x)
    return y, y


def tanh_backward(dy: Array, cache: Array) -> Array:
    """dy -> dx = dy * (1 - y^2)."""
    require_floats("tanh_backward", dy=dy, y=cache)
    require_shape("tanh_backward", "dy", dy, cache.shape, "the shape of the output")
    dx: Array = dy * (1 - cache * cache)
    return dx


class Sigmoid(FunctionLayer):
    """The logistic sigmoid, entry by entry."""

    functions = sigmoid_forward, sigmoid_backward


class Tanh(FunctionLayer):
    """The hyperbolic tangent, entry by entry."""

    functions = tanh_forward, tanh_backward
