"""From feature maps to a row of numbers for each example, and back."""

from __future__ import annotations

from math import prod

from course_lib.nn.arguments import Array, require_floats, require_shape
from course_lib.nn.layer import FunctionLayer

__all__ = ["Flatten", "flatten_backward", "flatten_forward"]


def flatten_forward(x: Array, axis: int = 1) -> tuple[Array, tuple[int, ...]]:
    """x (N, ...) -> y (N, everything else), cache. The axes before `axis` become one, and those from it on another.

    Raises ValueError when `axis` lies outside x.
    """
    require_floats("flatten_forward", x=x)
    if not -x.ndim <= axis <= x.ndim:
        raise ValueError(f"flatten_forward: x has shape {x.shape}; axis is {axis}, it must be one of its axes")
    rows = prod(x.shape[:axis])
    return x.reshape(rows, prod(x.shape[axis:])), x.shape


def flatten_backward(dy: Array, cache: tuple[int, ...]) -> Array:
    """dy (N, everything else) -> dx in the shape of x."""
    require_floats("flatten_backward", dy=dy)
    require_shape("flatten_backward", "dy", dy, (len(dy), prod(cache) // max(1, len(dy))), "the shape of the output")
    return dy.reshape(cache)


class Flatten(FunctionLayer):
    """Feature maps (N, C, H, W) to rows (N, C * H * W)."""

    functions = flatten_forward, flatten_backward
