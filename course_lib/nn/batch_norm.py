"""Batch normalization: each channel standardized over the mini-batch (Ioffe and Szegedy 2015)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array, require_floats, require_shape
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

__all__ = ["BatchNorm", "batch_norm_backward", "batch_norm_forward", "batch_norm_inference", "running_statistics"]


class BatchNormCache(NamedTuple):
    """What batch_norm_backward needs. `fixed` says that mean and variance were given, not taken from x."""

    standardized: StandardizeCache
    gamma: Array
    fixed: bool

    @property
    def mean(self) -> Array:
        """The mean of each channel (C,)."""
        return self.standardized.mean.reshape(-1)

    @property
    def variance(self) -> Array:
        """The biased variance of each channel (C,): divided by the number of values."""
        return self.standardized.variance.reshape(-1)


def batch_norm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, BatchNormCache]:
    """While training: x (N, C) or (N, C, H, W), gamma and beta (C,) -> y in the shape of x, cache.

    Mean and variance of each channel are those of the mini-batch; the cache has them as `mean` and `variance`.
    Raises ValueError when shapes or dtypes do not fit, or a channel has only one value.
    """
    _require_by_channel("batch_norm_forward", x, gamma, beta)
    if x.size == x.shape[1]:
        raise ValueError(
            f"batch_norm_forward: x has shape {x.shape}; a channel needs at least two values to have a variance"
        )
    x_hat, cache = standardize_forward(x, all_but_channels(x.ndim), eps)
    y = scale_and_shift(x_hat, along_channels(gamma, x.ndim), along_channels(beta, x.ndim))
    return y, BatchNormCache(cache, gamma, fixed=False)


def batch_norm_inference(
    x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, *, eps: float = 1e-5
) -> tuple[Array, BatchNormCache]:
    """While testing: as batch_norm_forward, but mean and variance (C,) are given: the running ones."""
    _require_by_channel("batch_norm_inference", x, gamma, beta, mean=mean, variance=variance)
    mean, variance = along_channels(mean, x.ndim), along_channels(variance, x.ndim)
    inverse_deviation = 1 / np.sqrt(variance + eps)
    x_hat = (x - mean) * inverse_deviation
    y = scale_and_shift(x_hat, along_channels(gamma, x.ndim), along_channels(beta, x.ndim))
    cache = StandardizeCache(x_hat, mean, variance, inverse_deviation, all_but_channels(x.ndim))
    return y, BatchNormCache(cache, gamma, fixed=True)


def batch_norm_backward(dy: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """dy -> dx in the shape of x, dgamma (C,), dbeta (C,). Of both forward functions."""
    standardized, gamma, fixed = cache
    x_hat = standardized.x_hat
    require_floats("batch_norm_backward", dy=dy, x_hat=x_hat)
    require_shape("batch_norm_backward", "dy", dy, x_hat.shape, "the shape of the output")
    dgamma, dbeta = scale_gradients(dy, x_hat, standardized.axes)
    dx_hat = dy * along_channels(gamma, dy.ndim)
    dx = dx_hat * standardized.inverse_deviation if fixed else standardize_backward(dx_hat, standardized)
    return dx, dgamma, dbeta


def running_statistics(
    mean: Array, variance: Array, cache: BatchNormCache, *, momentum: float = 0.1, unbiased: bool = True
) -> tuple[Array, Array]:
    """Running mean and variance (C,), moved by `momentum` toward those of the last mini-batch.

    PyTorch's convention, new = (1 - momentum) * old + momentum * batch, is the default, its unbiased variance too;
    where another text writes a * old + (1 - a) * batch, momentum is 1 - a.
    """
    standardized = cache.standardized
    count = standardized.x_hat.size // standardized.mean.size
    batch_variance = cache.variance * (count / (count - 1)) if unbiased else cache.variance
    return (1 - momentum) * mean + momentum * cache.mean, (1 - momentum) * variance + momentum * batch_variance


def _require_by_channel(where: str, x: Array, gamma: Array, beta: Array, **others: Array) -> None:
    require_floats(where, x=x, gamma=gamma, beta=beta, **others)
    if x.ndim not in (2, 4) or x.size == 0:
        raise ValueError(f"{where}: x has shape {x.shape}; it must be (N, C) or (N, C, H, W), and not empty")
    for name, array in {"gamma": gamma, "beta": beta, **others}.items():
        require_shape(where, name, array, (x.shape[1],), "one number for each channel of x")


class BatchNorm(Layer):
    """Batch normalization of (N, C) or (N, C, H, W), with learned gamma and beta (C,).

    While `training` the mini-batch's own statistics are used and move the running ones; otherwise the running ones
    are used.
    """

    def __init__(
        self, channels: int, *, momentum: float = 0.1, eps: float = 1e-5, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.params["gamma"], self.params["beta"] = np.ones(channels, dtype), np.zeros(channels, dtype)
        self.running_mean, self.running_variance = np.zeros(channels, dtype), np.ones(channels, dtype)

    def forward(self, x: Array) -> Array:
        """x (N, C) or (N, C, H, W) -> y of the same shape."""
        gamma, beta = self.params["gamma"], self.params["beta"]
        if not self.training:
            y, self.cache = batch_norm_inference(x, gamma, beta, self.running_mean, self.running_variance, eps=self.eps)
            return y
        y, self.cache = batch_norm_forward(x, gamma, beta, eps=self.eps)
        self.running_mean, self.running_variance = running_statistics(
            self.running_mean, self.running_variance, self.cache, momentum=self.momentum
        )
        return y

    def backward(self, dy: Array) -> Array:
        """dy -> dx of the same shape."""
        dx, self.grads["gamma"], self.grads["beta"] = batch_norm_backward(dy, self.cache)
        return dx
