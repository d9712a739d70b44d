"""The same operation in torch, float64: outputs and gradients to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from numpy.typing import NDArray

Array = NDArray[Any]

# The same examples on every machine, and no deadline on a busy one.
properties = settings(max_examples=150, deadline=None, derandomize=True)


def by_torch(
    f: Callable[..., torch.Tensor], rng: np.random.Generator, *inputs: Array | None
) -> tuple[Array, Array, list[Array | None]]:
    """(y, dy, gradients of <y, dy> by the inputs), with a dy that `rng` draws. A None input stays None."""
    tensors = [None if x is None else torch.tensor(x, requires_grad=True) for x in inputs]
    y = f(*tensors)
    error = np.asarray(rng.normal(size=tuple(y.shape)))
    (y * torch.as_tensor(error)).sum().backward()
    gradients = [None if t is None else np.zeros(t.shape) if t.grad is None else t.grad.numpy() for t in tensors]
    return y.detach().numpy(), error, gradients


def assert_same(got: Sequence[Array | None], expected: Sequence[Array | None], tolerance: float = 1e-10) -> None:
    """Equal shapes, and equal to 1e-10, absolute and relative."""
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        if ours is None or theirs is None:
            assert ours is None
            assert theirs is None
            continue
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
