"""The same as in NumPy, with tensors: what autograd and a GPU can take. They ask the same of their arguments."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor

from course_lib.capsules.margins import DOWN_WEIGHT, M_MINUS, M_PLUS, require_lengths

Through = Literal["all", "last"]


def squash(s: Tensor, dim: int = -1) -> Tensor:
    """s (..., D) -> v of the same shape: the direction of s, and length |s|² / (1 + |s|²) along `dim`; 0 stays 0."""
    length = torch.linalg.vector_norm(s, dim=dim, keepdim=True)
    v: Tensor = s * (length / (1 + length**2))
    return v


def route(
    u_hat: Tensor, iterations: int = 3, *, bias: Tensor | None = None, through: Through = "all"
) -> tuple[Tensor, Tensor]:
    """Routing by agreement: predictions û (N, I, J, D) -> capsules above v (N, J, D), the last couplings c (N, I, J).

    Args:
        u_hat: predictions.
        iterations: 1 couples all alike: no routing.
        bias: (J, D), added to each s_j before squash. The paper has none, its authors' code does.
        through: where gradients flow. "all": through all iterations, and so through the couplings, too. The paper
            leaves it open; its authors' code does so. "last": û is a constant in all iterations but the last, and so
            are the couplings; many implementations do so, and need less time and memory. What comes out is the same,
            only the gradients differ.

    Raises ValueError for other shapes, less than 1 iteration, another `through`.
    """
    _require("route", "u_hat", u_hat, "N I J D")
    if not isinstance(iterations, int) or isinstance(iterations, bool) or iterations < 1:
        raise ValueError(f"route: iterations is {iterations!r}; it must be a whole number of at least 1")
    if through not in get_args(Through):
        raise ValueError(f"route: through is {through!r}; gradients flow through 'all' iterations or the 'last'")
    if bias is not None and bias.shape != u_hat.shape[2:]:
        raise ValueError(f"route: bias has shape {tuple(bias.shape)}; it must be {tuple(u_hat.shape[2:])}, (J, D)")
    # By capsules above, (N, J, I, D), both sums of an iteration are products of matrices: twice as fast.
    heard = u_hat.transpose(1, 2).contiguous()
    shift = u_hat.new_zeros(u_hat.shape[2:]) if bias is None else bias
    still, still_shift = (heard, shift) if through == "all" else (heard.detach(), shift.detach())
    b = torch.zeros_like(still[..., 0])  # (N, J, I)
    for _ in range(iterations - 1):
        v = squash(_weighted(b.softmax(1), still) + still_shift)
        b = b + (still @ v[..., None])[..., 0]
    c = b.softmax(1)
    return squash(_weighted(c, heard) + shift), c.transpose(1, 2)


def margin_loss(
    lengths: Tensor,
    targets: Tensor,
    *,
    m_plus: float = M_PLUS,
    m_minus: float = M_MINUS,
    down_weight: float = DOWN_WEIGHT,
) -> Tensor:
    """Lengths (N, K), and labels (N,) or T (N, K) of zeros and ones -> the mean over the pictures of sum_k L_k.

    L_k = T_k max(0, m_plus - |v_k|)² + down_weight (1 - T_k) max(0, |v_k| - m_minus)². Raises ValueError for shapes
    that do not fit, labels out of range, lengths outside of 0 to 1, and for what went through a softmax.
    """
    _require("margin_loss", "lengths", lengths, "N K")
    known = lengths.detach()
    require_lengths("margin_loss", known, known.sum(1), known.amin(1), known.amax(1))
    t = _presence("margin_loss", targets, lengths)
    losses = t * (m_plus - lengths).relu() ** 2 + down_weight * (1 - t) * (lengths - m_minus).relu() ** 2
    return losses.sum(1).mean()


def mask(v: Tensor, labels: Tensor) -> Tensor:
    """Capsules v (N, K, D), labels (N,) -> (N, K * D): the labeled capsule in its place, zeros for all others.

    In training the label is the right digit, not the longest capsule; else the wrong capsule would learn to draw.
    Raises ValueError for shapes that do not fit, and labels out of range.
    """
    _require("mask", "v", v, "N K D")
    return (v * _one_hot("mask", labels, len(v), v.shape[1]).to(v.dtype)[..., None]).flatten(1)


def _weighted(c: Tensor, heard: Tensor) -> Tensor:
    """s (N, J, D): sum over the capsules below."""
    return (c[:, :, None] @ heard)[:, :, 0]


def _require(where: str, name: str, tensor: Any, axes: str) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{where}: {name} is a {type(tensor).__name__}; it must be a tensor")
    names = axes.split()
    if tensor.ndim != len(names) or not tensor.numel():
        raise ValueError(f"{where}: {name} has shape {tuple(tensor.shape)}; it must be ({', '.join(names)}), not empty")


def _presence(where: str, targets: Tensor, lengths: Tensor) -> Tensor:
    """T (N, K) from labels, or from itself."""
    if targets.ndim == 1:
        return _one_hot(where, targets, *lengths.shape).to(lengths.dtype)
    if targets.shape != lengths.shape:
        raise ValueError(
            f"{where}: targets has shape {tuple(targets.shape)}; it must be T of each class, {tuple(lengths.shape)}, "
            f"or labels, ({len(lengths)},)"
        )
    if not bool(((targets == 0) | (targets == 1)).all()):
        raise ValueError(f"{where}: targets has shape {tuple(targets.shape)}; T is 1 for a class that is there, else 0")
    return targets.to(lengths.dtype)


def _one_hot(where: str, labels: Tensor, rows: int, classes: int) -> Tensor:
    if labels.shape != (rows,) or labels.is_floating_point() or labels.dtype == torch.bool:
        raise ValueError(
            f"{where}: labels has shape {tuple(labels.shape)} and dtype {labels.dtype}; "
            f"it must be ({rows},), whole numbers, one for each picture"
        )
    if not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise ValueError(
            f"{where}: labels go from {int(labels.min())} to {int(labels.max())}; "
            f"with {classes} classes they must lie in 0 to {classes - 1}"
        )
    return torch.nn.functional.one_hot(labels.long(), classes)
