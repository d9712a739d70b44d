"""Local response normalization across neighboring channels (Krizhevsky and others 2012, AlexNet)."""

from __future__ import annotations

from typing import Any, NamedTuple

from course_lib.nn.arguments import Array, require_floats, require_shape, whole
from course_lib.nn.layer import FunctionLayer

__all__ = ["LocalResponseNorm", "local_response_norm_backward", "local_response_norm_forward"]


class LocalResponseNormCache(NamedTuple):
    """What local_response_norm_backward needs of the forward pass."""

    x: Array
    base: Array
    size: int
    alpha: float
    beta: float


def local_response_norm_forward(
    x: Array, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> tuple[Array, LocalResponseNormCache]:
    """x (N, C, ...) -> y = x / (k + alpha / size * sum of x^2 over `size` neighboring channels)^beta, cache.

    PyTorch's convention: alpha is divided by size. The paper's is not, so its alpha 1e-4 with size 5 is 5e-4 here.
    Raises ValueError for an even size: libraries disagree on where such a window stands.
    """
    require_floats("local_response_norm_forward", x=x)
    if x.ndim < 3:
        raise ValueError(f"local_response_norm_forward: x has shape {x.shape}; it must be (N, C, ...), with positions")
    if whole("local_response_norm_forward", "size", size, 1) % 2 == 0:
        raise ValueError(f"local_response_norm_forward: size is {size}; it must be odd, a channel and its neighbors")
    base = k + alpha / size * _sum_of_neighbors(x * x, size)
    return x * base**-beta, LocalResponseNormCache(x, base, size, alpha, beta)


def local_response_norm_backward(dy: Array, cache: LocalResponseNormCache) -> Array:
    """dy -> dx: the direct way, less what x does to its neighbors through their denominators."""
    x, base, size, alpha, beta = cache
    require_floats("local_response_norm_backward", dy=dy, x=x)
    require_shape("local_response_norm_backward", "dy", dy, x.shape, "the shape of the output")
    through_base = _sum_of_neighbors(dy * x * base ** (-beta - 1), size)
    return dy * base**-beta - 2 * alpha * beta / size * x * through_base


def _sum_of_neighbors(values: Array, size: int) -> Array:
    """values (N, C, ...) -> for each channel, the sum over the `size` channels around it that exist."""
    total = values.copy()
    for step in range(1, min(size // 2, values.shape[1] - 1) + 1):
        total[:, step:] += values[:, :-step]
        total[:, :-step] += values[:, step:]
    return total


class LocalResponseNorm(FunctionLayer):
    """Local response normalization over `size` neighboring channels."""

    functions = local_response_norm_forward, local_response_norm_backward

    def __init__(self, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def options(self) -> dict[str, Any]:
        """The window, and the constants of the formula."""
        return {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
