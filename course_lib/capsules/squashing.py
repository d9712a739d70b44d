"""Squash: a capsule keeps its direction, and its length becomes a number below 1. And the length itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.nn.arguments import Array, require_floats, require_shape


class SquashCache(NamedTuple):
    """What squash_backward needs: the vectors, and their lengths with an axis of 1 in place of `axis`."""

    s: Array
    length: Array
    axis: int


def squash_forward(s: Array, *, axis: int = -1) -> tuple[Array, SquashCache]:
    """s (..., D) -> v of the same shape, cache: the direction of s, and length |s|² / (1 + |s|²) along `axis`.

    Computed as s · |s| / (1 + |s|²), which divides by no length: the zero vector stays zero, and so does its gradient.
    Raises ValueError for an axis that s has not. Source: Sabour, Frosst and Hinton (2017), equation 1.
    """
    length = _length("squash_forward", "s", s, axis)
    return s * _factor(length), SquashCache(s, length, axis)


def squash_backward(dv: Array, cache: SquashCache) -> Array:
    """dv -> ds of the same shape: f dv + f' <dv, s> s / |s|, with the factor f = |s| / (1 + |s|²) of the forward pass.

    f' = (1 - |s|²) / (1 + |s|²)²: beyond length 1 the factor falls, and along s less and less comes back.
    """
    s, length, axis = cache
    require_floats("squash_backward", dv=dv, s=s)
    require_shape("squash_backward", "dv", dv, s.shape, "the shape of the output")
    direction = _direction(s, length)
    slope = (1 - length**2) / (1 + length**2) ** 2
    ds: Array = _factor(length) * dv + slope * (dv * direction).sum(axis=axis, keepdims=True) * s
    return ds


class LengthCache(NamedTuple):
    """What length_backward needs: the vectors, and their lengths with an axis of 1 at the end."""

    v: Array
    length: Array


def length_forward(v: Array) -> tuple[Array, LengthCache]:
    """Capsules v (..., D) -> their lengths (...), cache."""
    length = _length("length_forward", "v", v, -1)
    return length[..., 0], LengthCache(v, length)


def length_backward(dlength: Array, cache: LengthCache) -> Array:
    """dlength (...) -> dv (..., D): along the vector; 0 for the zero vector, which has no direction."""
    v, length = cache
    require_floats("length_backward", dlength=dlength, v=v)
    require_shape("length_backward", "dlength", dlength, v.shape[:-1], "one number for each capsule")
    return dlength[..., None] * _direction(v, length)


def _length(where: str, name: str, array: Array, axis: int) -> Array:
    require_floats(where, **{name: array})
    if not -array.ndim <= axis < array.ndim or array.size == 0:
        raise ValueError(
            f"{where}: {name} has shape {array.shape}; axis is {axis}, it must be the axis of a capsule's numbers, "
            f"and not empty"
        )
    length: Array = np.sqrt((array**2).sum(axis=axis, keepdims=True))
    return length


def _factor(length: Array) -> Array:
    factor: Array = length / (1 + length**2)
    return factor


def _direction(v: Array, length: Array) -> Array:
    return np.divide(v, length, out=np.zeros_like(v), where=length > 0)
