"""Layer normalization: each example standardized by itself (Ba, Kiros and Hinton 2016)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import Layer
from course_lib.nn.standardize import (
    StandardizeCache,
    scale_and_shift,
    scale_gradients,
    standardize_backward,
    standardize_forward,
)

__all__ = ["LayerNorm", "layer_norm_backward", "layer_norm_forward"]


class LayerNormCache(NamedTuple):
    """What layer_norm_backward needs of the forward pass."""

    standardized: StandardizeCache
    gamma: Array


def layer_norm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, LayerNormCache]:
    """x (N, ...), gamma and beta in the shape of x's last axes -> y in the shape of x, cache.

    Mean and variance are taken over the axes that gamma has: (C, H, W) for whole examples, (D,) for rows (N, D).
    Raises ValueError when gamma or beta is not shaped like the last axes of x.
    """
    require_floats("layer_norm_forward", x=x, gamma=gamma, beta=beta)
    last = x.shape[x.ndim - gamma.ndim :] if gamma.ndim else ()
    if not 1 <= gamma.ndim <= x.ndim or gamma.shape != last or x.size == 0:
        raise ValueError(
            f"layer_norm_forward: gamma has shape {gamma.shape} and x has shape {x.shape}; gamma must have the shape "
            f"of the last axes of x, those that are normalized over"
        )
    require_shape("layer_norm_forward", "beta", beta, gamma.shape, "the shape of gamma")
    x_hat, cache = standardize_forward(x, tuple(range(x.ndim - gamma.ndim, x.ndim)), eps)
    return scale_and_shift(x_hat, gamma, beta), LayerNormCache(cache, gamma)


def layer_norm_backward(dy: Array, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """dy -> dx in the shape of x, dgamma and dbeta in the shape of gamma."""
    standardized, gamma = cache
    x_hat = standardized.x_hat
    require_floats("layer_norm_backward", dy=dy, x_hat=x_hat)
    require_shape("layer_norm_backward", "dy", dy, x_hat.shape, "the shape of the output")
    dgamma, dbeta = scale_gradients(dy, x_hat, tuple(range(dy.ndim - gamma.ndim)))
    return standardize_backward(dy * gamma, standardized), dgamma, dbeta


class LayerNorm(Layer):
    """Layer normalization over the last axes, of the shape given, with learned gamma and beta of that shape."""

    def __init__(
        self, normalized_shape: int | tuple[int, ...], *, eps: float = 1e-5, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__()
        self.eps = eps
        self.params["gamma"], self.params["beta"] = np.ones(normalized_shape, dtype), np.zeros(normalized_shape, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, ...) -> y of the same shape."""
        y, self.cache = layer_norm_forward(x, self.params["gamma"], self.params["beta"], eps=self.eps)
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        dx, self.grads["gamma"], self.grads["beta"] = layer_norm_backward(dy, self.cache)
        return dx
