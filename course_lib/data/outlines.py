"""The outlines of the ten shapes, as distances: below 0 inside, above 0 outside, about 1 for a shape's radius.

Arguments: u to the right and v downwards, in units of the radius, and a proportion between -1 and 1 that differs from
picture to picture. Arrays of any shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any  # an array of floats; to mypy, what NumPy's functions return is anything
Outline = Callable[[Array, Array, Array], Array]


def disc(u: Array, v: Array, p: Array) -> Array:
    """A filled circle."""
    return np.hypot(u, v) - (0.8 + 0.08 * p)


def ring(u: Array, v: Array, p: Array) -> Array:
    """A circle with a hole."""
    return np.abs(np.hypot(u, v) - 0.68) - (0.2 + 0.07 * p)


def square(u: Array, v: Array, p: Array) -> Array:
    """A square."""
    return np.maximum(np.abs(u), np.abs(v)) - (0.72 + 0.08 * p)


def triangle(u: Array, v: Array, p: Array) -> Array:
    """A triangle that stands on a side."""
    return np.maximum(0.866 * np.abs(u) - 0.5 * v, v) - (0.5 + 0.06 * p)


def star(u: Array, v: Array, p: Array) -> Array:
    """A star with five points."""
    return 0.8 * (np.hypot(u, v) - (0.62 + (0.26 + 0.05 * p) * np.cos(5 * np.arctan2(u, -v))))


def cross(u: Array, v: Array, p: Array) -> Array:
    """Two bars across each other."""
    u, v = np.abs(u), np.abs(v)
    width = 0.24 + 0.07 * p
    return np.minimum(np.maximum(u - width, v - 0.9), np.maximum(v - width, u - 0.9))


def crescent(u: Array, v: Array, p: Array) -> Array:
    """A disc from which another disc is cut."""
    return np.maximum(np.hypot(u, v) - 0.9, 0.72 + 0.08 * p - np.hypot(u - 0.45, v))


def bar(u: Array, v: Array, p: Array) -> Array:
    """A rectangle that lies on a long side."""
    return np.maximum(np.abs(u) - 0.95, np.abs(v) - (0.3 + 0.08 * p))


def heart(u: Array, v: Array, p: Array) -> Array:
    """A heart: two discs on a square that stands on a corner."""
    width = 0.38 + 0.04 * p
    discs = np.hypot(np.abs(u) - width, v + 0.32) - 0.48
    corner = 0.7071 * (np.abs(u) + np.abs(v - 0.02)) - 0.585
    return np.minimum(discs, np.where(v > -0.35, corner, discs))


def arrow(u: Array, v: Array, p: Array) -> Array:
    """An arrow that points upwards."""
    head = np.maximum(0.866 * np.abs(u) - 0.5 * (v + 0.9), v + 0.05)
    shaft = np.maximum(np.abs(u) - (0.2 + 0.06 * p), np.abs(v - 0.4) - 0.5)
    return np.minimum(head, shaft)


OUTLINES: dict[str, Outline] = {
    outline.__name__: outline for outline in (disc, ring, square, triangle, star, cross, crescent, bar, heart, arrow)
}
