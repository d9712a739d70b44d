"""The backward pass: nodes in reverse order of computation hand their error signals to their parents."""

from __future__ import annotations

import numpy as np

from course_lib.autodiff.node import Node, Number


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
