"""Cross-entropy of one logistic output: two classes, or labels that do not exclude each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.cross_entropy import Reduction
from course_lib.nn.sigmoid import sigmoid_forward

__all__ = ["binary_cross_entropy_backward", "binary_cross_entropy_forward"]


class BinaryCrossEntropyCache(NamedTuple):
    """What binary_cross_entropy_backward needs: the slope of each loss by its logit, and the reduction's factor."""

    slope: Array
    scale: float
    reduction: Reduction


def binary_cross_entropy_forward(
    logits: Array, targets: Array, *, reduction: Reduction = "mean"
) -> tuple[Array, BinaryCrossEntropyCache]:
    """Logits and targets (any equal shape, targets from 0 to 1) -> loss = -t log p - (1 - t) log(1 - p), cache.

    p is the sigmoid of the logit, but the loss is computed from the logit itself, so log(0) cannot happen.
    The loss is a number, or of the shape of the logits with reduction "none". Raises ValueError when shapes do not fit.
    """
    where = "binary_cross_entropy_forward"
    require_floats(where, logits=logits, targets=targets)
    require_shape(where, "targets", targets, logits.shape, "the shape of logits")
    if logits.size == 0 or targets.min() < 0 or targets.max() > 1:
        raise ValueError(f"{where}: targets has shape {targets.shape}; they must lie from 0 to 1, and not be empty")
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    slope = sigmoid_forward(logits)[0] - targets
    if reduction == "none":
        return losses, BinaryCrossEntropyCache(slope, 1.0, reduction)
    if reduction == "sum":
        return np.asarray(losses.sum()), BinaryCrossEntropyCache(slope, 1.0, reduction)
    if reduction == "mean":
        return np.asarray(losses.mean()), BinaryCrossEntropyCache(slope, 1.0 / logits.size, reduction)
    raise ValueError(f"{where}: reduction is {reduction!r}; it must be 'mean', 'sum' or 'none'")


def binary_cross_entropy_backward(dloss: Array | float, cache: BinaryCrossEntropyCache) -> Array:
    """dloss (1.0 when the loss is the end) -> dlogits = p - t, divided by the number of them for the mean."""
    slope, scale, reduction = cache
    error = np.asarray(dloss, dtype=slope.dtype)
    expected = slope.shape if reduction == "none" else ()
    if error.shape not in ((), expected):
        raise ValueError(f"binary_cross_entropy_backward: dloss has shape {error.shape}; it must be {expected}")
    return error * slope * scale
