"""Cross-entropy for several classes: from probabilities, from their logarithms, and from logits."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_labels, require_shape
from course_lib.nn.softmax import SoftmaxCache, log_softmax_backward, log_softmax_forward

__all__ = [
    "SoftmaxCrossEntropy",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "nll_backward",
    "nll_forward",
    "one_hot",
    "softmax_cross_entropy_backward",
    "softmax_cross_entropy_forward",
]

Reduction = Literal["mean", "sum", "none"]


def one_hot(labels: Array, classes: int, dtype: type[np.floating] = np.float32) -> Array:
    """Labels (N, ...), integers -> (N, classes, ...), 1 at the label and 0 elsewhere."""
    require_labels("one_hot", labels, labels.shape, classes)
    return np.moveaxis(np.eye(classes, dtype=dtype)[labels], -1, 1)


class CrossEntropyCache(NamedTuple):
    """What cross_entropy_backward needs of the forward pass."""

    p: Array
    targets: Array
    scale: float


def cross_entropy_forward(
    p: Array, targets: Array, *, reduction: Reduction = "mean"
) -> tuple[Array, CrossEntropyCache]:
    """Probabilities p (N, C) and target probabilities (N, C), such as one-hot rows -> loss = -sum t log p, cache.

    The loss is a number, or (N,) with reduction "none". A probability of 0 where the target is not costs infinity;
    softmax_cross_entropy_forward, which starts from the logits, does not run into it.
    Raises ValueError when shapes do not fit or p has values outside of 0 to 1.
    """
    where = "cross_entropy_forward"
    require_floats(where, p=p, targets=targets)
    if p.ndim != 2 or p.size == 0 or p.min() < 0 or p.max() > 1:
        raise ValueError(f"{where}: p has shape {p.shape}; it must be (N, C), with probabilities from 0 to 1")
    require_shape(where, "targets", targets, p.shape, "the shape of p")
    with np.errstate(divide="ignore"):
        log_p = np.log(p, where=targets != 0, out=np.zeros_like(p))  # 0 * log(0) counts as 0
    losses = -(targets * log_p).sum(axis=1)
    loss, scale = _reduce(where, losses, float(len(p)), reduction)
    return loss, CrossEntropyCache(p, targets, scale)


def cross_entropy_backward(dloss: Array | float, cache: CrossEntropyCache) -> Array:
    """dloss, the gradient by the loss (1.0 when the loss is the end) -> dp (N, C) = -t / p."""
    p, targets, scale = cache
    with np.errstate(divide="ignore"):
        slopes = np.divide(targets, p, where=targets != 0, out=np.zeros_like(p))
    return -_for_each("cross_entropy_backward", dloss, p.shape[:1], p.dtype)[:, None] * scale * slopes


class NllCache(NamedTuple):
    """What nll_backward needs: labels, the weight of each example (0 for ignored ones), the shape of log_p."""

    labels: Array
    weights: Array
    scale: float
    shape: tuple[int, ...]


def nll_forward(
    log_p: Array,
    labels: Array,
    *,
    class_weights: Array | None = None,
    ignore_index: int | None = None,
    reduction: Reduction = "mean",
) -> tuple[Array, NllCache]:
    """Negative log-likelihood: log-probabilities (N, C, ...), labels (N, ...) -> loss = -log_p[label], cache.

    The loss is a number, or (N, ...) with reduction "none". Each example counts with the weight of its class; the mean
    divides by the sum of these weights. Labels equal to `ignore_index` do not count.
    Raises ValueError when shapes do not fit, labels are no integers or lie outside of 0 to C - 1.
    """
    where = "nll_forward"
    require_floats(where, log_p=log_p, class_weights=class_weights)
    if log_p.ndim < 2 or log_p.size == 0:
        raise ValueError(f"{where}: log_p has shape {log_p.shape}; it must be (N, C, ...), and not empty")
    classes = log_p.shape[1]
    require_labels(where, labels, (len(log_p), *log_p.shape[2:]), classes, ignore_index)
    counted = np.ones(labels.shape, dtype=bool) if ignore_index is None else labels != ignore_index
    labels = np.where(counted, labels, 0)
    weights = counted.astype(log_p.dtype)
    if class_weights is not None:
        require_shape(where, "class_weights", class_weights, (classes,), "one weight for each class")
        weights = weights * class_weights[labels]
    if reduction == "mean" and weights.sum() == 0:
        raise ValueError(
            f"{where}: labels has shape {labels.shape}, and all weigh nothing; the mean needs one that counts"
        )
    losses = -weights * np.take_along_axis(log_p, labels[:, None], axis=1)[:, 0]
    loss, scale = _reduce(where, losses, float(weights.sum()), reduction)
    return loss, NllCache(labels, weights, scale, log_p.shape)


def nll_backward(dloss: Array | float, cache: NllCache) -> Array:
    """dloss (1.0 when the loss is the end) -> dlog_p (N, C, ...): minus the weight at the label, 0 elsewhere."""
    labels, weights, scale, shape = cache
    error = -_for_each("nll_backward", dloss, labels.shape, weights.dtype) * scale * weights
    dlog_p = np.zeros(shape, dtype=weights.dtype)
    np.put_along_axis(dlog_p, labels[:, None], error[:, None], axis=1)
    return dlog_p


class SoftmaxCrossEntropyCache(NamedTuple):
    """The caches of the two steps."""

    softmax: SoftmaxCache
    nll: NllCache


def softmax_cross_entropy_forward(
    logits: Array,
    labels: Array,
    *,
    class_weights: Array | None = None,
    ignore_index: int | None = None,
    reduction: Reduction = "mean",
) -> tuple[Array, SoftmaxCrossEntropyCache]:
    """Logits (N, C, ...), labels (N, ...) -> loss = -log softmax(logits)[label], cache. Never overflows.

    Arguments and errors as in nll_forward.
    """
    log_p, softmax_cache = log_softmax_forward(logits, axis=1)
    loss, nll_cache = nll_forward(
        log_p, labels, class_weights=class_weights, ignore_index=ignore_index, reduction=reduction
    )
    return loss, SoftmaxCrossEntropyCache(softmax_cache, nll_cache)


def softmax_cross_entropy_backward(dloss: Array | float, cache: SoftmaxCrossEntropyCache) -> Array:
    """dloss (1.0 when the loss is the end) -> dlogits (N, C, ...): softmax minus one-hot, weighted."""
    return log_softmax_backward(nll_backward(dloss, cache.nll), cache.softmax)


def _reduce(where: str, losses: Array, total_weight: float, reduction: Reduction) -> tuple[Array, float]:
    """The loss, and the factor that the reduction puts on each of the losses."""
    if reduction == "none":
        return losses, 1.0
    if reduction == "sum":
        return np.asarray(losses.sum()), 1.0
    if reduction == "mean":
        return np.asarray(losses.sum() / total_weight, dtype=losses.dtype), 1.0 / total_weight
    raise ValueError(f"{where}: reduction is {reduction!r}; it must be 'mean', 'sum' or 'none'")


def _for_each(where: str, dloss: Array | float, shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> Array:
    """The gradient by the loss for each of the losses that were summed."""
    error = np.asarray(dloss, dtype=dtype)
    if error.shape not in ((), shape):
        raise ValueError(
            f"{where}: dloss has shape {error.shape}; it must be one number, or {shape}, one for each loss"
        )
    return np.broadcast_to(error, shape)


class SoftmaxCrossEntropy:
    """The usual loss of a classifier, as an object: `forward(logits, labels)`, then `backward()`."""

    def __init__(self, *, reduction: Literal["mean", "sum"] = "mean") -> None:
        self.reduction = reduction
        self._cache: SoftmaxCrossEntropyCache | None = None

    def forward(self, logits: Array, labels: Array) -> float:
        """Logits (N, C), labels (N,) -> the loss."""
        loss, self._cache = softmax_cross_entropy_forward(logits, labels, reduction=self.reduction)
        return float(loss)

    def backward(self) -> Array:
        """The gradient of the loss by the logits (N, C)."""
        if self._cache is None:
            raise RuntimeError("SoftmaxCrossEntropy.backward needs a forward pass before it")
        return softmax_cross_entropy_backward(1.0, self._cache)
