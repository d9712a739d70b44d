"""Routing by agreement: a capsule below sends more to the capsule above that it agrees with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.capsules.squashing import SquashCache, squash_backward, squash_forward
from course_lib.nn.arguments import Array, require_axes, require_floats, require_shape, whole
from course_lib.nn.softmax import softmax_forward


class Routed(NamedTuple):
    """What routing found, and how it came there.

    Attributes:
        v: the capsules above (N, J, D).
        couplings: c for each iteration, each (N, I, J); over the last axis they sum to 1. The first is 1 / J
            everywhere, the last is the one that made v.
        logits: b for each iteration, each (N, I, J); the first is 0.
        outputs: v for each iteration, each (N, J, D).
    """

    v: Array
    couplings: tuple[Array, ...]
    logits: tuple[Array, ...]
    outputs: tuple[Array, ...]


class RoutingCache(NamedTuple):
    """What routing_backward needs: the last couplings, and the last squash."""

    couplings: Array
    squash: SquashCache


def routing_forward(u_hat: Array, iterations: int = 3) -> tuple[Routed, RoutingCache]:
    """Predictions û (N, I, J, D) -> the capsules above v (N, J, D) with all couplings on the way, cache.

    The logits b (N, I, J) start at 0, anew in each call. Each iteration: c = softmax of b over the capsules above, j;
    s_j = sum over i of c_ij û_{j|i}; v_j = squash(s_j); b_ij += û_{j|i} · v_j. Behind the last v no b is needed.
    Raises ValueError for other shapes and less than 1 iteration (1 couples all alike: no routing).
    Source: Sabour, Frosst and Hinton (2017), procedure 1.
    """
    where = "routing_forward"
    require_floats(where, u_hat=u_hat)
    require_axes(where, "u_hat", u_hat, "N I J D")
    iterations = whole(where, "iterations", iterations, 1)
    b = np.zeros(u_hat.shape[:3], u_hat.dtype)
    couplings: list[Array] = []
    logits: list[Array] = []
    outputs: list[Array] = []
    for _ in range(iterations):
        if outputs:
            b = b + np.einsum("nijd,njd->nij", u_hat, outputs[-1])
        c, _cache = softmax_forward(b, axis=2)
        v, squashed = squash_forward(np.einsum("nij,nijd->njd", c, u_hat))
        couplings.append(c)
        logits.append(b)
        outputs.append(v)
    routed = Routed(outputs[-1], tuple(couplings), tuple(logits), tuple(outputs))
    return routed, RoutingCache(couplings[-1], squashed)


def routing_backward(dv: Array, cache: RoutingCache) -> Array:
    """dv (N, J, D) -> dû (N, I, J, D), with the couplings as constants: c_ij times what squash gives back.

    So the gradient misses that û changes the couplings, too. Many implementations do it this way; `through="all"` of
    the PyTorch version does not.
    """
    couplings, squashed = cache
    require_shape("routing_backward", "dv", dv, squashed.s.shape, "the shape of the output")
    ds = squash_backward(dv, squashed)
    du_hat: Array = couplings[..., None] * ds[:, None]
    return du_hat
