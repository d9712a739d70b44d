"""What every layer object has: forward, backward, parameters and their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from course_lib.nn.arguments import Array

__all__ = ["Layer", "Parameter"]


class Parameter(NamedTuple):
    """A learned array, its name, and the gradient of the last backward pass."""

    name: str
    value: Array
    gradient: Array


class Layer:
    """One step of a network. `forward` keeps what `backward` needs; the work is done by the plain functions beside it.

    `params` holds the learned arrays by name, `grads` the gradients of the last backward pass by the same names.
    `training` tells dropout and batch normalization which of their two faces to show.
    """

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.training = True
        self._cache: Any = None

    def forward(self, x: Array) -> Array:
        """The layer's output for x."""
        raise NotImplementedError(f"{type(self).__name__} has no forward of its own")

    def backward(self, dy: Array) -> Array:
        """dy, the gradient of the loss by the last output -> the gradient by the last input. Fills `grads`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward of its own")

    def parameters(self) -> Iterator[Parameter]:
        """What the layer learns, after a backward pass. Change the values in place: `value -= rate * gradient`."""
        for name, value in self.params.items():
            if name not in self.grads:
                raise RuntimeError(f"{type(self).__name__}.parameters needs a backward pass before it, for {name}")
            yield Parameter(name, value, self.grads[name])

    def train(self, training: bool = True) -> None:
        """Switch to training, or with False to testing."""
        self.training = training

    @property
    def cache(self) -> Any:
        """What the last forward pass kept. Raises RuntimeError when there was none."""
        if self._cache is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward pass before it")
        return self._cache

    @cache.setter
    def cache(self, value: Any) -> None:
        self._cache = value

    def __repr__(self) -> str:
        """The kind of layer, and the shapes of its parameters."""
        shapes = ", ".join(f"{name} {array.shape}" for name, array in self.params.items())
        return f"{type(self).__name__}({shapes})"


class FunctionLayer(Layer):
    """A layer that learns nothing: its two plain functions, with the cache kept between them.

    A subclass names its `functions`, forward and backward, and its `options`, if the forward one takes any.
    """

    functions: tuple[Callable[..., tuple[Array, Any]], Callable[[Array, Any], Array]]

    def options(self) -> dict[str, Any]:
        """What the forward function takes beside x, by name."""
        return {}

    def forward(self, x: Array) -> Array:
        """x -> y, in the shapes of the forward function."""
        y, self.cache = self.functions[0](x, **self.options())
        return y

    def backward(self, dy: Array) -> Array:
        """dy in the shape of y -> dx in the shape of x."""
        return self.functions[1](dy, self.cache)
