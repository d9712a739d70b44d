"""How weights begin: scaled so that activations and gradients neither vanish nor explode.

An initializer takes a shape, a random generator and a dtype. The shape is (out, in) for a dense layer and
(F, C / groups, kh, kw) for a convolution; fan-in is the number of inputs of one output, fan-out the reverse.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from course_lib.nn.arguments import Array

__all__ = ["Initializer", "fans", "gaussian", "he_normal", "he_uniform", "xavier_normal", "xavier_uniform", "zeros"]


class Initializer(Protocol):
    """Anything that draws weights of a shape."""

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
        """Weights of this shape."""
        ...


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan-in, fan-out) of weights of this shape. Raises ValueError for less than two axes."""
    if len(shape) < 2:
        raise ValueError(f"fans: shape is {shape}; weights must have at least two axes, (out, in, ...)")
    return prod(shape[1:]), shape[0] * prod(shape[2:])


def zeros(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """All zero: right for biases; weights that begin alike stay alike."""
    return np.zeros(shape, dtype)


def gaussian(std: float = 0.01) -> Initializer:
    """An initializer that draws from a normal distribution of this deviation, 0.01 as in AlexNet."""

    def draw(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
        return rng.normal(0.0, std, shape).astype(dtype)

    return draw


def xavier_normal(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """Normal, variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010): for tanh and sigmoid."""
    return rng.normal(0.0, sqrt(2 / sum(fans(shape))), shape).astype(dtype)


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """Uniform, variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010): for tanh and sigmoid."""
    bound = sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape).astype(dtype)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """Normal, variance 2 / fan-in (He and others 2015, "MSRA"): for ReLU, which drops half of its input."""
    return rng.normal(0.0, sqrt(2 / fans(shape)[0]), shape).astype(dtype)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """Uniform, variance 2 / fan-in (He and others 2015, "MSRA"): for ReLU."""
    bound = sqrt(6 / fans(shape)[0])
    return rng.uniform(-bound, bound, shape).astype(dtype)
