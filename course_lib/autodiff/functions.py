"""Functions of nodes: each computes a value, and says how an error signal comes back through it."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.autodiff.node import Array, Node, Number, as_node


def exp(a: Node | Number) -> Node:
    """e^a; its derivative is itself."""
    a = as_node(a)
    value = np.exp(a.value)
    return Node(value, operation="exp", parents=(a,), pull_back=lambda error: (error * value,))


def log(a: Node | Number) -> Node:
    """The natural logarithm; its derivative is 1 / a."""
    a = as_node(a)
    return Node(np.log(a.value), operation="log", parents=(a,), pull_back=lambda error: (error / a.value,))


def sin(a: Node | Number) -> Node:
    """The sine; its derivative is the cosine."""
    a = as_node(a)
    return Node(np.sin(a.value), operation="sin", parents=(a,), pull_back=lambda error: (error * np.cos(a.value),))


def cos(a: Node | Number) -> Node:
    """The cosine; its derivative is minus the sine."""
    a = as_node(a)
    return Node(np.cos(a.value), operation="cos", parents=(a,), pull_back=lambda error: (-error * np.sin(a.value),))


def tanh(a: Node | Number) -> Node:
    """The hyperbolic tangent; its derivative is 1 - tanh^2."""
    a = as_node(a)
    value = np.tanh(a.value)
    return Node(value, operation="tanh", parents=(a,), pull_back=lambda error: (error * (1 - value**2),))


def sigmoid(a: Node | Number) -> Node:
    """1 / (1 + e^-a); its derivative is y (1 - y)."""
    a = as_node(a)
    value = 0.5 * (1 + np.tanh(0.5 * a.value))  # the same function, and it cannot overflow
    return Node(value, operation="σ", parents=(a,), pull_back=lambda error: (error * value * (1 - value),))


def relu(a: Node | Number) -> Node:
    """max(a, 0); its derivative is 1 where a > 0, and 0 elsewhere, at the kink too."""
    a = as_node(a)
    value = np.maximum(a.value, 0)
    return Node(value, operation="relu", parents=(a,), pull_back=lambda error: (error * (a.value > 0),))


def sum(a: Node | Number, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Node:
    """The sum over `axis`, or over everything; each entry gets the error signal of its sum."""
    a = as_node(a)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return (np.broadcast_to(_with_axes(error, a, axis, keepdims), a.shape),)

    return Node(a.value.sum(axis=axis, keepdims=keepdims), operation="sum", parents=(a,), pull_back=pull_back)


def mean(a: Node | Number, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Node:
    """The mean over `axis`, or over everything; each entry gets an equal share of the error signal."""
    a = as_node(a)
    value = a.value.mean(axis=axis, keepdims=keepdims)

    def pull_back(error: Array) -> tuple[Array, ...]:
        share = _with_axes(error, a, axis, keepdims) * (value.size / a.value.size)
        return (np.broadcast_to(share, a.shape),)

    return Node(value, operation="mean", parents=(a,), pull_back=pull_back)


def max(a: Node | Number, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Node:
    """The largest over `axis`, or of all; the winner gets the error signal, several share it equally."""
    a = as_node(a)
    value = a.value.max(axis=axis, keepdims=keepdims)

    def pull_back(error: Array) -> tuple[Array, ...]:
        winners = (a.value == _with_axes(value, a, axis, keepdims)).astype(np.float64)
        share = winners / winners.sum(axis=axis, keepdims=True)
        return (share * _with_axes(error, a, axis, keepdims),)

    return Node(value, operation="max", parents=(a,), pull_back=pull_back)


def reshape(a: Node | Number, shape: tuple[int, ...]) -> Node:
    """The same numbers in another shape."""
    a = as_node(a)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return (error.reshape(a.shape),)

    return Node(a.value.reshape(shape), operation="reshape", parents=(a,), pull_back=pull_back)


def transpose(a: Node | Number) -> Node:
    """The axes in reverse order."""
    a = as_node(a)
    return Node(a.value.T, operation="T", parents=(a,), pull_back=lambda error: (error.T,))


def take(a: Node | Number, index: Any) -> Node:
    """a[index], by any index that NumPy knows; an entry that is taken twice gets both error signals."""
    a = as_node(a)

    def pull_back(error: Array) -> tuple[Array, ...]:
        whole = np.zeros(a.shape)
        np.add.at(whole, index, error)
        return (whole,)

    return Node(a.value[index], operation="take", parents=(a,), pull_back=pull_back)


def _with_axes(reduced: Array, a: Node, axis: int | tuple[int, ...] | None, keepdims: bool) -> Array:
    """A reduced array with its lost axes back, of length 1."""
    if keepdims or axis is None:
        return np.reshape(reduced, reduced.shape if keepdims else (1,) * a.value.ndim)
    return np.expand_dims(reduced, axis)
