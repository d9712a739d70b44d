"""Group normalization (Wu and He 2018), and instance normalization, the case of one channel in a group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array, require_floats, require_shape, whole
from course_lib.nn.layer import Layer
from course_lib.nn.standardize import (
    StandardizeCache,
    all_but_channels,
    along_channels,
    scale_and_shift,
    scale_gradients,
    standardize_backward,
    standardize_forward,
)

__all__ = ["GroupNorm", "InstanceNorm", "group_norm_backward", "group_norm_forward", "instance_norm_forward"]


class GroupNormCache(NamedTuple):
    """What group_norm_backward needs of the forward pass; x_hat is kept as (N, groups, values of a group)."""

    standardized: StandardizeCache
    gamma: Array
    shape: tuple[int, ...]


def group_norm_forward(
    x: Array, gamma: Array, beta: Array, groups: int, *, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """x (N, C, ...), gamma and beta (C,) -> y in the shape of x, cache.

    In each example, each group of C / groups channels is standardized by itself.
    Raises ValueError when the channels do not divide into groups, or shapes or dtypes do not fit.
    """
    require_floats("group_norm_forward", x=x, gamma=gamma, beta=beta)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(f"group_norm_forward: x has shape {x.shape}; it must be (N, C, ...), and not empty")
    if x.shape[1] % whole("group_norm_forward", "groups", groups, 1):
        raise ValueError(f"group_norm_forward: x has shape {x.shape}; its channels must divide into groups={groups}")
    for name, array in (("gamma", gamma), ("beta", beta)):
        require_shape("group_norm_forward", name, array, (x.shape[1],), "one number for each channel of x")
    x_hat, cache = standardize_forward(x.reshape(len(x), groups, -1), (2,), eps)
    y = scale_and_shift(x_hat.reshape(x.shape), along_channels(gamma, x.ndim), along_channels(beta, x.ndim))
    return y, GroupNormCache(cache, gamma, x.shape)


def group_norm_backward(dy: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """dy -> dx in the shape of x, dgamma (C,), dbeta (C,)."""
    standardized, gamma, shape = cache
    require_floats("group_norm_backward", dy=dy, x_hat=standardized.x_hat)
    require_shape("group_norm_backward", "dy", dy, shape, "the shape of the output")
    dgamma, dbeta = scale_gradients(dy, standardized.x_hat.reshape(shape), all_but_channels(len(shape)))
    dx_hat = (dy * along_channels(gamma, len(shape))).reshape(standardized.x_hat.shape)
    return standardize_backward(dx_hat, standardized).reshape(shape), dgamma, dbeta


def instance_norm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, GroupNormCache]:
    """x (N, C, ...), gamma and beta (C,) -> y, cache: each channel of each example by itself (Ulyanov and others 2016).

    The backward pass is group_norm_backward.
    """
    if x.ndim < 2:
        raise ValueError(f"instance_norm_forward: x has shape {x.shape}; it must be (N, C, ...)")
    return group_norm_forward(x, gamma, beta, x.shape[1], eps=eps)


class GroupNorm(Layer):
    """Group normalization with learned gamma and beta (C,)."""

    def __init__(self, groups: int, channels: int, *, eps: float = 1e-5, dtype: DTypeLike = np.float32) -> None:
        super().__init__()
        if channels % whole("GroupNorm", "groups", groups, 1):
            raise ValueError(f"GroupNorm: channels is {channels}; it must divide into groups={groups}")
        self.groups, self.eps = groups, eps
        self.params["gamma"], self.params["beta"] = np.ones(channels, dtype), np.zeros(channels, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, C, ...) -> y of the same shape."""
        y, self.cache = group_norm_forward(x, self.params["gamma"], self.params["beta"], self.groups, eps=self.eps)
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        dx, self.grads["gamma"], self.grads["beta"] = group_norm_backward(dy, self.cache)
        return dx


class InstanceNorm(GroupNorm):
    """Instance normalization: as many groups as channels."""

    def __init__(self, channels: int, *, eps: float = 1e-5, dtype: DTypeLike = np.float32) -> None:
        super().__init__(channels, channels, eps=eps, dtype=dtype)
