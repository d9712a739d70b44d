"""Mean 0 and variance 1 over some axes, and the way back: the step that all normalizations share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.nn.arguments import Array


class StandardizeCache(NamedTuple):
    """What standardize_backward needs; mean, variance and 1 / deviation keep their axes with length 1."""

    x_hat: Array
    mean: Array
    variance: Array
    inverse_deviation: Array
    axes: tuple[int, ...]


def standardize_forward(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, StandardizeCache]:
    """x -> x_hat = (x - mean) / sqrt(variance + eps), mean and (biased) variance taken over `axes`, cache."""
    mean = x.mean(axis=axes, keepdims=True)
    centered = x - mean
    variance = (centered * centered).mean(axis=axes, keepdims=True)
    inverse_deviation = 1 / np.sqrt(variance + eps)
    x_hat = centered * inverse_deviation
    return x_hat, StandardizeCache(x_hat, mean, variance, inverse_deviation, axes)


def standardize_backward(dx_hat: Array, cache: StandardizeCache) -> Array:
    """dx_hat -> dx in closed form.

    Moving all x together, or stretching them, changes nothing in x_hat; so the error loses its mean and its part along
    x_hat, and what remains is divided by the deviation.
    """
    x_hat, axes = cache.x_hat, cache.axes
    along_mean = dx_hat.mean(axis=axes, keepdims=True)
    along_x_hat = x_hat * (dx_hat * x_hat).mean(axis=axes, keepdims=True)
    dx: Array = cache.inverse_deviation * (dx_hat - along_mean - along_x_hat)
    return dx


def scale_and_shift(x_hat: Array, gamma: Array, beta: Array) -> Array:
    """gamma * x_hat + beta, where gamma and beta are shaped to broadcast."""
    return gamma * x_hat + beta


def scale_gradients(dy: Array, x_hat: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """(dgamma, dbeta) when gamma and beta are shared over `axes`."""
    return (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


def all_but_channels(axes: int) -> tuple[int, ...]:
    """Which of the axes (N, C, ...) are not the channels."""
    return tuple(axis for axis in range(axes) if axis != 1)


def along_channels(values: Array, axes: int) -> Array:
    """Values (C,) shaped to broadcast over an array of so many axes (N, C, ...)."""
    return values.reshape(1, -1, *[1] * (axes - 2))
