"""Dropout in its two conventions, scaled while training or scaled while testing."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer

__all__ = ["Dropout", "dropout_backward", "dropout_forward"]

Convention = Literal["inverted", "classic"]


class DropoutCache(NamedTuple):
    """What dropout_backward needs: by what each entry was multiplied."""

    factor: Array


def dropout_forward(
    x: Array,
    p: float = 0.5,
    rng: np.random.Generator | None = None,
    *,
    training: bool = True,
    convention: Convention = "inverted",
) -> tuple[Array, DropoutCache]:
    """x (any shape) -> y of the same shape, cache: each entry is dropped with probability `p`.

    "inverted", as in PyTorch: what is kept is divided by 1 - p while training, and testing changes nothing.
    "classic" (Srivastava and others 2014): training only drops, and testing multiplies by 1 - p.
    Raises ValueError unless 0 <= p < 1, and when training without a random generator.
    """
    require_floats("dropout_forward", x=x)
    if not 0 <= p < 1:
        raise ValueError(f"dropout_forward: p is {p}; it is the probability to drop and must lie in [0, 1)")
    if convention not in ("inverted", "classic"):
        raise ValueError(f"dropout_forward: convention is {convention!r}; it must be 'inverted' or 'classic'")
    if training:
        if rng is None:
            raise ValueError("dropout_forward: rng is None; training draws a mask, so it must be a random generator")
        kept = (rng.random(x.shape) >= p).astype(x.dtype)
        factor = kept / (1 - p) if convention == "inverted" else kept
    else:
        factor = np.full_like(x, 1.0 if convention == "inverted" else 1 - p)
    return x * factor, DropoutCache(factor)


def dropout_backward(dy: Array, cache: DropoutCache) -> Array:
    """dy -> dx: through the same mask, with the same factor."""
    require_floats("dropout_backward", dy=dy, factor=cache.factor)
    require_shape("dropout_backward", "dy", dy, cache.factor.shape, "the shape of the output")
    return dy * cache.factor


class Dropout(FunctionLayer):
    """Drops entries with probability `p` while `training`, a new mask drawn with `rng` in each forward pass."""

    functions = dropout_forward, dropout_backward

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator, convention: Convention = "inverted") -> None:
        super().__init__()
        self.p, self.rng, self.convention = p, rng, convention

    def options(self) -> dict[str, Any]:
        """How entries are dropped, and whether they are."""
        return {"p": self.p, "rng": self.rng, "training": self.training, "convention": self.convention}
