"""Gradients by centered differences, to check a backward pass against.

Differences need float64: at eps = 1e-6 float32 has no digits left. They are wrong at a kink (ReLU at 0) and at a tie
(two equal values under a max), where the slopes to the left and to the right differ.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.nn.arguments import Array
from course_lib.nn.layer import Layer

__all__ = ["check_layer", "numeric_gradient", "relative_error"]


def numeric_gradient(f: Callable[[Array], float], x: Array, *, eps: float = 1e-6) -> Array:
    """df/dx in the shape of x: (f(x + eps e) - f(x - eps e)) / (2 eps) for each entry e. f must return one number.

    Raises ValueError when x is not float64, or eps is not positive.
    """
    if x.dtype != np.float64 or not eps > 0:
        raise ValueError(
            f"numeric_gradient: x has shape {x.shape} and dtype {x.dtype}, and eps is {eps}; x must be float64, since "
            f"differences cancel most digits, and eps positive"
        )
    gradient = np.empty_like(x)
    moved = x.copy()
    for index in np.ndindex(x.shape):
        ends = []
        for step in (eps, -eps):
            moved[index] = x[index] + step
            ends.append(float(f(moved)))
        moved[index] = x[index]
        gradient[index] = (ends[0] - ends[1]) / (2 * eps)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """The largest |a - b| / (|a| + |b|) over all entries, where 0 against 0 is no error.

    In float64, above 1e-2 a gradient is wrong, and below 1e-7 it is good. Raises ValueError when the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"relative_error: a has shape {a.shape} and b has shape {b.shape}; they must be equal")
    scale = np.abs(a) + np.abs(b)
    # Below 1e-8 both are rounding noise of the differences.
    return float(np.max(np.abs(a - b) / np.maximum(scale, 1e-8), initial=0.0))


def check_layer(layer: Layer, x: Array, rng: np.random.Generator, *, eps: float = 1e-6) -> dict[str, float]:
    """Relative error of every gradient of a float64 layer at x: {"x": ..., "w": ..., "b": ...}.

    The loss is <y, dy> with a dy that `rng` draws, so that every output counts differently.
    Raises ValueError when two forward passes differ, as dropout's do: such a layer has no gradient to check.
    """
    y = layer.forward(x)
    if not np.array_equal(y, layer.forward(x)):
        raise ValueError(f"check_layer: {type(layer).__name__} gave two outputs for one x; switch its randomness off")
    dy = rng.normal(size=y.shape)
    dx = layer.backward(dy)
    parameters = list(layer.parameters())  # before the differences, which run forward only

    def loss_of(array: Array) -> Callable[[Array], float]:
        def loss(value: Array) -> float:
            before = array.copy()
            array[...] = value
            result = float((layer.forward(x) * dy).sum())
            array[...] = before
            return result

        return loss

    x = x.copy()
    errors = {"x": relative_error(dx, numeric_gradient(loss_of(x), x.copy(), eps=eps))}
    for name, value, gradient in parameters:
        errors[name] = relative_error(gradient, numeric_gradient(loss_of(value), value.copy(), eps=eps))
    return errors
