"""Activations that saturate: the logistic sigmoid and the hyperbolic tangent."""

from __future__ import annotations

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import Layer


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


class Sigmoid(Layer):
    """The logistic sigmoid, entry by entry."""

    def forward(self, x: Array) -> Array:
        """x -> y of the same shape."""
        y, self.cache = sigmoid_forward(x)
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        return sigmoid_backward(dy, self.cache)


class Tanh(Layer):
    """The hyperbolic tangent, entry by entry."""

    def forward(self, x: Array) -> Array:
        """x -> y of the same shape."""
        y, self.cache = tanh_forward(x)
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        return tanh_backward(dy, self.cache)
