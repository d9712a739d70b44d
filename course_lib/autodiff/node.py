"""A value that remembers how it was computed, and the backward pass: error signals go from each node to its parents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | int | Array
# The error signal of a node -> what it adds to the error signal of each parent.
PullBack = Callable[[Array], tuple[Array, ...]]


class Node:
    """An array of float64 (a number has shape ()) with the operation and the parents that it came from.

    `grad` is the error signal, the derivative of the output by this node: None until `backward` ran further on.
    A node made by hand, `Node(3.0, name="x")`, is a leaf: it has no parents.
    """

    # NumPy must not take `array * node` apart: Node.__rmul__ is to see the whole array.
    __array_ufunc__ = None

    def __init__(
        self,
        value: Number,
        *,
        name: str = "",
        operation: str = "",
        parents: tuple[Node, ...] = (),
        pull_back: PullBack | None = None,
    ) -> None:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"Node: value is a {type(value).__name__}; it must be a number or an array of numbers")
        self.value: Array = array.astype(np.float64)
        self.grad: Array | None = None
        self.name, self.operation = name, operation
        self.parents, self.pull_back = parents, pull_back

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    def backward(self, seed: Number | None = None) -> None:
        """Fill in `grad` for this node and everything that it was computed from."""
        backward(self, seed)

    def __repr__(self) -> str:
        """The name, the value, and the error signal when there is one."""
        error = "" if self.grad is None else f", grad={self.grad}"
        return f"Node({self.name or self.operation or 'leaf'}, {self.value}{error})"

    def __add__(self, other: Node | Number) -> Node:
        """Entry by entry, with broadcasting, as all of these."""
        return add(self, other)

    def __radd__(self, other: Number) -> Node:
        """A plain number or array on the left."""
        return add(other, self)

    def __sub__(self, other: Node | Number) -> Node:
        """The difference."""
        return subtract(self, other)

    def __rsub__(self, other: Number) -> Node:
        """A plain number or array on the left."""
        return subtract(other, self)

    def __neg__(self) -> Node:
        """The value with the other sign."""
        return negate(self)

    def __mul__(self, other: Node | Number) -> Node:
        """The product."""
        return multiply(self, other)

    def __rmul__(self, other: Number) -> Node:
        """A plain number or array on the left."""
        return multiply(other, self)

    def __truediv__(self, other: Node | Number) -> Node:
        """The quotient."""
        return divide(self, other)

    def __rtruediv__(self, other: Number) -> Node:
        """A plain number or array on the left."""
        return divide(other, self)

    def __pow__(self, exponent: float) -> Node:
        """The power, with a fixed number as the exponent."""
        return power(self, exponent)

    def __matmul__(self, other: Node | Array) -> Node:
        """The matrix product of two matrices."""
        return matmul(self, other)

    def __rmatmul__(self, other: Array) -> Node:
        """A plain matrix on the left."""
        return matmul(other, self)


def topological_order(output: Node) -> list[Node]:
    """Every node that `output` was computed from, and itself, each once, parents before children.

    Without recursion: Python's own stack ends at about a thousand calls, a graph does not.
    """
    order: list[Node] = []
    seen: set[int] = set()
    stack = [(output, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))  # comes up again when all that is put on top of it is done
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def backward(output: Node, seed: Number | None = None) -> None:
    """Set `grad` of every node in the graph of `output` to the derivative of `output` by it.

    Each call begins anew: nothing is left over from the one before. `seed` is the error signal of the output itself,
    1 when the output is one number. Raises ValueError when it is not and no seed of its shape is given.
    """
    if seed is None and output.value.size != 1:
        raise ValueError(f"backward: output has shape {output.shape}; it must be one number, or a seed must be given")
    start = np.asarray(1.0 if seed is None else seed, dtype=np.float64)
    if seed is not None and start.shape != output.shape:
        raise ValueError(f"backward: seed has shape {start.shape}; it must be {output.shape}, the shape of the output")
    order = topological_order(output)
    for node in order:
        node.grad = np.zeros(node.shape)
    output.grad = np.broadcast_to(start, output.shape).copy()
    for node in reversed(order):
        if node.pull_back is None or node.grad is None:
            continue
        for parent, contribution in zip(node.parents, node.pull_back(node.grad), strict=True):
            # Added, not assigned: a node that is used twice gets an error signal from both sides.
            parent.grad = contribution if parent.grad is None else parent.grad + contribution


def as_node(value: Node | Number) -> Node:
    """The node itself, or a new leaf for a plain number or array."""
    return value if isinstance(value, Node) else Node(value)


def sum_to_shape(error: Array, shape: tuple[int, ...]) -> Array:
    """The error signal of a value that was broadcast: summed over all its copies, back to its own shape."""
    extra = error.ndim - len(shape)
    stretched = tuple(range(extra)) + tuple(
        extra + axis for axis, size in enumerate(shape) if size == 1 and error.shape[extra + axis] != 1
    )
    return np.asarray(error.sum(axis=stretched, keepdims=True)).reshape(shape)


def add(a: Node | Number, b: Node | Number) -> Node:
    """a + b: both get the error signal as it is."""
    a, b = as_node(a), as_node(b)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return sum_to_shape(error, a.shape), sum_to_shape(error, b.shape)

    return Node(a.value + b.value, operation="+", parents=(a, b), pull_back=pull_back)


def subtract(a: Node | Number, b: Node | Number) -> Node:
    """a - b: a gets the error signal, b gets it with the other sign."""
    a, b = as_node(a), as_node(b)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return sum_to_shape(error, a.shape), sum_to_shape(-error, b.shape)

    return Node(a.value - b.value, operation="−", parents=(a, b), pull_back=pull_back)


def negate(a: Node | Number) -> Node:
    """-a: the error signal with the other sign."""
    a = as_node(a)
    return Node(-a.value, operation="−", parents=(a,), pull_back=lambda error: (-error,))


def multiply(a: Node | Number, b: Node | Number) -> Node:
    """a * b: each gets the error signal times the other."""
    a, b = as_node(a), as_node(b)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return sum_to_shape(error * b.value, a.shape), sum_to_shape(error * a.value, b.shape)

    return Node(a.value * b.value, operation="×", parents=(a, b), pull_back=pull_back)


def divide(a: Node | Number, b: Node | Number) -> Node:
    """a / b: a gets error / b, b gets -error * a / b^2."""
    a, b = as_node(a), as_node(b)

    def pull_back(error: Array) -> tuple[Array, ...]:
        return sum_to_shape(error / b.value, a.shape), sum_to_shape(-error * a.value / b.value**2, b.shape)

    return Node(a.value / b.value, operation="÷", parents=(a, b), pull_back=pull_back)


def power(a: Node | Number, exponent: float) -> Node:
    """a ** exponent, for a fixed exponent: the error signal times exponent * a ** (exponent - 1)."""
    a = as_node(a)
    if not isinstance(exponent, (int, float)):
        raise TypeError(f"power: exponent is a {type(exponent).__name__}; it must be a plain number")

    def pull_back(error: Array) -> tuple[Array, ...]:
        return (error * exponent * a.value ** (exponent - 1),)

    # float: NumPy refuses a negative whole exponent for whole numbers, which a float64 base is not
    return Node(a.value ** float(exponent), operation=f"^{exponent:g}", parents=(a,), pull_back=pull_back)


def matmul(a: Node | Array, b: Node | Array) -> Node:
    """a (N, K) @ b (K, M): a gets error @ b^T, b gets a^T @ error. Raises ValueError when they do not fit."""
    a, b = as_node(a), as_node(b)
    if a.value.ndim != 2 or b.value.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"matmul: a has shape {a.shape} and b has shape {b.shape}; they must be (N, K) and (K, M)")

    def pull_back(error: Array) -> tuple[Array, ...]:
        return error @ b.value.T, a.value.T @ error

    return Node(a.value @ b.value, operation="@", parents=(a, b), pull_back=pull_back)
