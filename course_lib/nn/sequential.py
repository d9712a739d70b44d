"""A network as a row of layers: forward in order, backward in reverse order."""

from __future__ import annotations

from collections.abc import Iterator

from course_lib.nn.arguments import Array
from course_lib.nn.layer import Layer, Parameter

__all__ = ["Sequential"]


class Sequential(Layer):
    """Layers one after the other.

    A training step is: `loss.forward(net.forward(x), labels)`, `net.backward(loss.backward())`, `net.update(rate)`.
    Raises ValueError when there is no layer, or one object stands twice: it would forget its first forward pass.
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        if not layers:
            raise ValueError("Sequential: layers is empty; a network needs at least one layer")
        if len({id(layer) for layer in layers}) < len(layers):
            raise ValueError("Sequential: one layer object stands twice in layers; make a second one")
        self.layers = layers

    def forward(self, x: Array) -> Array:
        """x -> the output of the last layer."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """dy, the gradient by the output -> the gradient by x. Every layer keeps the gradients of its parameters."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def parameters(self) -> Iterator[Parameter]:
        """The parameters of all layers, named after their layer's place: "0.w", "0.b", "2.w" and so on."""
        for place, layer in enumerate(self.layers):
            for name, value, gradient in layer.parameters():
                yield Parameter(f"{place}.{name}", value, gradient)

    def update(self, learning_rate: float) -> None:
        """One step of gradient descent: W -= learning_rate * dW, for every parameter, in place."""
        for _, value, gradient in self.parameters():
            value -= learning_rate * gradient

    def train(self, training: bool = True) -> None:
        """Switch all layers to training, or with False to testing."""
        super().train(training)
        for layer in self.layers:
            layer.train(training)

    def __repr__(self) -> str:
        """One line for each layer."""
        return "Sequential(\n" + "".join(f"  {place}: {layer}\n" for place, layer in enumerate(self.layers)) + ")"
