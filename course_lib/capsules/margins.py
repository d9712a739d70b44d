"""The margin loss, for each class by itself; and the mask that hides all capsules but one from the decoder."""

from __future__ import annotations

from math import e
from typing import Any, NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_axes, require_floats, require_labels, require_shape

M_PLUS, M_MINUS, DOWN_WEIGHT = 0.9, 0.1, 0.5
"""The numbers of the paper: m+, m- and λ."""


class MarginCache(NamedTuple):
    """What margin_loss_backward needs: the gradient by the lengths of a loss that counts once."""

    dlengths: Array


def margin_loss_forward(
    lengths: Array,
    targets: Array,
    *,
    m_plus: float = M_PLUS,
    m_minus: float = M_MINUS,
    down_weight: float = DOWN_WEIGHT,
) -> tuple[float, MarginCache]:
    """Lengths of the capsules (N, K) -> the mean over the N pictures of sum_k L_k, cache.

    L_k = T_k max(0, m_plus - |v_k|)² + down_weight (1 - T_k) max(0, |v_k| - m_minus)². `targets` are labels (N,),
    integers; or T (N, K) of zeros and ones, where a picture shows several classes, or none.
    Raises ValueError for shapes that do not fit, labels out of range, lengths outside of 0 to 1, and for what went
    through a softmax: a capsule's length is what it says, and the classes do not compete.
    Source: Sabour, Frosst and Hinton (2017), equation 4.
    """
    where = "margin_loss_forward"
    require_floats(where, lengths=lengths)
    require_axes(where, "lengths", lengths, "N K")
    require_lengths(where, lengths, lengths.sum(axis=1), lengths.min(axis=1), lengths.max(axis=1))
    t = _presence(where, targets, lengths)
    missing = np.maximum(0, m_plus - lengths)
    surplus = np.maximum(0, lengths - m_minus)
    losses = t * missing**2 + down_weight * (1 - t) * surplus**2
    slopes = 2 * (down_weight * (1 - t) * surplus - t * missing) / len(lengths)
    return float(losses.sum() / len(lengths)), MarginCache(slopes.astype(lengths.dtype))


def margin_loss_backward(dloss: float, cache: MarginCache) -> Array:
    """dloss (1.0 when the loss is the end) -> dlengths (N, K); 0 where a length is on the right side of its margin."""
    return dloss * cache.dlengths


def mask_forward(v: Array, labels: Array) -> Array:
    """Capsules v (N, K, D), labels (N,) -> (N, K * D): the labeled capsule in its place, zeros for all others.

    In training the label is the right digit, not the longest capsule; else the wrong capsule would learn to draw.
    Raises ValueError for shapes that do not fit, and labels out of range.
    """
    require_floats("mask_forward", v=v)
    require_axes("mask_forward", "v", v, "N K D")
    require_labels("mask_forward", labels, v.shape[:1], v.shape[1])
    kept = np.zeros_like(v)
    rows = np.arange(len(v))
    kept[rows, labels] = v[rows, labels]
    return kept.reshape(len(v), -1)


def require_lengths(where: str, lengths: Any, sums: Any, least: Any, most: Any) -> None:
    """Each of `lengths` (N, K), array or tensor, lies in 0 to 1, and they are no softmax of lengths. ValueError.

    A softmax of numbers of 0 to 1 has rows that sum to 1, and no entry is more than e times another.
    """
    if not (bool((least >= 0).all()) and bool((most <= 1 + 1e-5).all())):
        raise ValueError(
            f"{where}: lengths has shape {tuple(lengths.shape)} and values from {float(least.min()):.4g} to "
            f"{float(most.max()):.4g}; the length of a capsule lies in 0 to 1"
        )
    rows, classes = lengths.shape
    alike = bool((abs(sums - 1) < 1e-5).all()) and bool((most <= e * (1 + 1e-5) * least).all())
    if rows > 1 and classes > 2 and alike and bool((most > least).any()):
        raise ValueError(
            f"{where}: every row of lengths sums to 1, as if it came out of a softmax; give the lengths as they are"
        )


def _presence(where: str, targets: Array, lengths: Array) -> Array:
    """T (N, K) from labels, or from itself."""
    if isinstance(targets, np.ndarray) and targets.ndim == 1:
        require_labels(where, targets, lengths.shape[:1], lengths.shape[1])
        return np.eye(lengths.shape[1], dtype=lengths.dtype)[targets]
    if not isinstance(targets, np.ndarray):
        raise TypeError(f"{where}: targets is a {type(targets).__name__}; it must be a NumPy array")
    require_shape(where, "targets", targets, lengths.shape, "T of each class; or give labels, (N,)")
    if not np.isin(targets, (0, 1)).all():
        raise ValueError(f"{where}: targets has shape {targets.shape}; T is 1 for a class that is there, else 0")
    return targets.astype(lengths.dtype)
