"""Predictions: what each capsule below says about each capsule above, û_{j|i} = W_ij u_i."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_axes, require_floats, require_shape


class PredictionsCache(NamedTuple):
    """What predictions_backward needs of the forward pass."""

    u: Array
    w: Array


def predictions_forward(u: Array, w: Array) -> tuple[Array, PredictionsCache]:
    """Capsules u (N, I, d), matrices w (I, J, D, d) -> û (N, I, J, D), cache.

    û[n, i, j] = w[i, j] @ u[n, i]: each of the I capsules below has a matrix of its own for each of the J above.
    Raises ValueError when shapes or dtypes do not fit. Source: Sabour, Frosst and Hinton (2017), equation 2.
    """
    where = "predictions_forward"
    require_floats(where, u=u, w=w)
    require_axes(where, "u", u, "N I d")
    require_axes(where, "w", w, "I J D d")
    if (w.shape[0], w.shape[3]) != u.shape[1:]:
        raise ValueError(
            f"{where}: u has shape {u.shape} and w has shape {w.shape}; the first and the last axis of w must be "
            f"the capsules of u and their numbers, {u.shape[1:]}"
        )
    capsules, above, numbers, below = w.shape
    # One product of matrices for each capsule below: (I, N, d) times (I, d, J * D).
    flat = u.swapaxes(0, 1) @ w.reshape(capsules, above * numbers, below).swapaxes(1, 2)
    return flat.swapaxes(0, 1).reshape(len(u), capsules, above, numbers), PredictionsCache(u, w)


def predictions_backward(du_hat: Array, cache: PredictionsCache) -> tuple[Array, Array]:
    """dû (N, I, J, D) -> du (N, I, d), dw (I, J, D, d)."""
    u, w = cache
    require_floats("predictions_backward", du_hat=du_hat, u=u)
    require_shape("predictions_backward", "du_hat", du_hat, (len(u), *w.shape[:3]), "the shape of the output")
    du = np.einsum("nijk,ijkd->nid", du_hat, w, optimize=True)
    dw = np.einsum("nijk,nid->ijkd", du_hat, u, optimize=True)
    return du, dw
