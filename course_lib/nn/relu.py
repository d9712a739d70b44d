"""Rectified linear units: plain, leaky, with a learned slope, and with a random slope."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer, Layer

__all__ = [
    "LeakyRelu",
    "PRelu",
    "RRelu",
    "Relu",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "prelu_backward",
    "prelu_forward",
    "relu_backward",
    "relu_forward",
    "rrelu_forward",
]


def relu_forward(x: Array) -> tuple[Array, Array]:
    """x (any shape) -> y = max(x, 0), cache: where x > 0."""
    require_floats("relu_forward", x=x)
    return np.maximum(x, 0), x > 0


def relu_backward(dy: Array, cache: Array) -> Array:
    """dy -> dx: dy where x > 0, else 0. At the kink, x = 0, the subgradient 0 is taken."""
    require_floats("relu_backward", dy=dy)
    require_shape("relu_backward", "dy", dy, cache.shape, "the shape of the output")
    return dy * cache


class LeakyReluCache(NamedTuple):
    """What leaky_relu_backward needs: where x > 0, and the slope elsewhere."""

    positive: Array
    slope: float | Array


def leaky_relu_forward(x: Array, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """x (any shape) -> y = x where x > 0, else slope * x, cache (Maas and others 2013)."""
    require_floats("leaky_relu_forward", x=x)
    positive = x > 0
    return np.where(positive, x, slope * x), LeakyReluCache(positive, slope)


def leaky_relu_backward(dy: Array, cache: LeakyReluCache) -> Array:
    """dy -> dx: dy where x > 0, else slope * dy."""
    require_floats("leaky_relu_backward", dy=dy)
    require_shape("leaky_relu_backward", "dy", dy, cache.positive.shape, "the shape of the output")
    return np.where(cache.positive, dy, cache.slope * dy)


def rrelu_forward(
    x: Array,
    rng: np.random.Generator | None = None,
    *,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = True,
) -> tuple[Array, LeakyReluCache]:
    """A leaky ReLU whose slope is drawn for each entry, uniformly in [lower, upper) (Xu and others 2015).

    Without `training` the slope is the mean of the two. The backward pass is leaky_relu_backward.
    Raises ValueError when training without `rng`, or lower > upper.
    """
    require_floats("rrelu_forward", x=x)
    if lower > upper:
        raise ValueError(f"rrelu_forward: lower is {lower} and upper is {upper}; lower must not be larger")
    if training and rng is None:
        raise ValueError("rrelu_forward: rng is None; training draws the slopes, so it must be a random generator")
    slope: float | Array = (lower + upper) / 2
    if training and rng is not None:
        slope = rng.uniform(lower, upper, x.shape).astype(x.dtype)
    positive = x > 0
    return np.where(positive, x, slope * x), LeakyReluCache(positive, slope)


class PReluCache(NamedTuple):
    """What prelu_backward needs of the forward pass."""

    x: Array
    slope: Array


def prelu_forward(x: Array, slope: Array) -> tuple[Array, PReluCache]:
    """x (N, C, ...), learned slope (C,) or (1,) -> y = x where x > 0, else slope * x, cache (He and others 2015).

    Raises ValueError when the slope is neither one number nor one for each channel.
    """
    require_floats("prelu_forward", x=x, slope=slope)
    if slope.shape != (1,) and (x.ndim < 2 or slope.shape != (x.shape[1],)):
        raise ValueError(
            f"prelu_forward: slope has shape {slope.shape} and x has shape {x.shape}; the slope must be (1,), or one "
            f"number for each channel, the second axis of x"
        )
    return np.where(x > 0, x, _along_channels(slope, x.ndim) * x), PReluCache(x, slope)


def prelu_backward(dy: Array, cache: PReluCache) -> tuple[Array, Array]:
    """dy (N, C, ...) -> dx (N, C, ...), dslope in the shape of the slope: this activation learns."""
    x, slope = cache
    require_floats("prelu_backward", dy=dy, x=x)
    require_shape("prelu_backward", "dy", dy, x.shape, "the shape of the output")
    dx = np.where(x > 0, dy, _along_channels(slope, x.ndim) * dy)
    by_entry = np.where(x > 0, 0, x * dy)
    if slope.shape == (1,):
        return dx, by_entry.sum(keepdims=True).reshape(1)
    return dx, by_entry.sum(axis=tuple(axis for axis in range(x.ndim) if axis != 1))


def _along_channels(slope: Array, axes: int) -> Array:
    return slope.reshape(-1, *[1] * (axes - 2)) if prod(slope.shape) > 1 else slope.reshape(())


class Relu(FunctionLayer):
    """max(x, 0), entry by entry."""

    functions = relu_forward, relu_backward


class LeakyRelu(FunctionLayer):
    """A ReLU that lets `slope` of the negative side through."""

    functions = leaky_relu_forward, leaky_relu_backward

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = slope

    def options(self) -> dict[str, Any]:
        """The slope."""
        return {"slope": self.slope}


class RRelu(FunctionLayer):
    """A leaky ReLU whose slope is drawn with `rng` for each entry while training, and fixed at the mean otherwise."""

    functions = rrelu_forward, leaky_relu_backward

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, *, rng: np.random.Generator) -> None:
        super().__init__()
        self.lower, self.upper, self.rng = lower, upper, rng

    def options(self) -> dict[str, Any]:
        """Where the slopes are drawn, and whether they are."""
        return {"rng": self.rng, "lower": self.lower, "upper": self.upper, "training": self.training}


class PRelu(Layer):
    """A leaky ReLU that learns its slope, one number for each of `channels` channels, or one for all."""

    def __init__(self, channels: int = 1, *, slope: float = 0.25, dtype: DTypeLike = np.float32) -> None:
        super().__init__()
        self.params["slope"] = np.full(channels, slope, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, C, ...) -> y of the same shape."""
        y, self.cache = prelu_forward(x, self.params["slope"])
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        dx, self.grads["slope"] = prelu_backward(dy, self.cache)
        return dx
