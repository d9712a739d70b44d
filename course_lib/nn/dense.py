"""The fully connected layer: every output sees every input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array, require_axes, require_floats, require_shape
from course_lib.nn.initializers import Initializer, he_normal
from course_lib.nn.layer import Layer

__all__ = ["Dense", "dense_backward", "dense_forward"]


class DenseCache(NamedTuple):
    """What dense_backward needs of the forward pass."""

    x: Array
    w: Array
    has_bias: bool


def dense_forward(x: Array, w: Array, b: Array | None = None) -> tuple[Array, DenseCache]:
    """x (N, D), weights w (M, D), bias b (M,) or None -> y = x w^T + b (N, M), cache.

    Raises ValueError when shapes or dtypes do not fit.
    """
    require_floats("dense_forward", x=x, w=w, b=b)
    require_axes("dense_forward", "x", x, "N D")
    require_axes("dense_forward", "w", w, "M D")
    if x.shape[1] != w.shape[1]:
        raise ValueError(
            f"dense_forward: x has shape {x.shape} and w has shape {w.shape}; their last axes must be equal"
        )
    y = x @ w.T
    if b is not None:
        require_shape("dense_forward", "b", b, (len(w),), "one number for each row of w")
        y += b
    return y, DenseCache(x, w, b is not None)


def dense_backward(dy: Array, cache: DenseCache) -> tuple[Array, Array, Array | None]:
    """dy (N, M) -> dx = dy w (N, D), dw = dy^T x (M, D), db = sum of dy over the batch (M,), or None without a bias."""
    x, w, has_bias = cache
    require_floats("dense_backward", dy=dy, x=x)
    require_shape("dense_backward", "dy", dy, (len(x), len(w)), "the shape of the output")
    return dy @ w, dy.T @ x, dy.sum(axis=0) if has_bias else None


class Dense(Layer):
    """A fully connected layer: weights w (out_features, in_features), drawn with `rng`, and bias b (out_features,)."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        rng: np.random.Generator,
        initializer: Initializer = he_normal,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        self.params["w"] = initializer((out_features, in_features), rng, dtype)
        if bias:
            self.params["b"] = np.zeros(out_features, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, in_features) -> y (N, out_features)."""
        y, self.cache = dense_forward(x, self.params["w"], self.params.get("b"))
        return y

    def backward(self, dy: Array) -> Array:
        """dy (N, out_features) -> dx (N, in_features)."""
        dx, self.grads["w"], db = dense_backward(dy, self.cache)
        if db is not None:
            self.grads["b"] = db
        return dx
