"""Gradients across the two interpreters: `loss.backward()` in a test reaches the parameters of the student's model."""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections.abc import Callable
from typing import Any

from grader.engine.encoding import RefusedValue
from grader.engine.encoding.tags import Node


def are_wanted() -> bool:
    """Does this process record gradients now? False inside `torch.no_grad()`."""
    torch = sys.modules.get("torch")
    return torch is None or not hasattr(torch, "is_grad_enabled") or bool(torch.is_grad_enabled())


def is_parameter(tensor: Any) -> bool:
    """Is this a parameter of a model?"""
    import torch

    return isinstance(tensor, torch.nn.Parameter)


def gradient_mode(wanted: bool) -> contextlib.AbstractContextManager[Any]:
    """Compute as the caller does: with gradients, or without."""
    if wanted == are_wanted():
        return contextlib.nullcontext()
    import torch

    return torch.set_grad_enabled(wanted)


def checked(link: Node, numbered: list[Any]) -> tuple[int, list[tuple[int, int]]]:
    """The number of a computed tensor, and position and number of each argument that it depends on."""
    import torch

    if type(link) is not list or len(link) != 2 or type(link[0]) is not int or type(link[1]) is not list:
        raise RefusedValue("a computed tensor is malformed")
    inputs = []
    for pair in link[1]:
        if type(pair) is not list or len(pair) != 2 or any(type(part) is not int for part in pair):
            raise RefusedValue("a computed tensor is malformed")
        if not 0 <= pair[0] < len(numbered) or not isinstance(numbered[pair[0]], torch.Tensor):
            raise RefusedValue("a computed tensor depends on an argument that was not sent")
        inputs.append((pair[0], pair[1]))
    return link[0], inputs


def checked_results(found: Any, inputs: list[Any]) -> list[Any]:
    """The gradients of these inputs, as the student's process returned them."""
    import torch

    if type(found) is not list or len(found) != len(inputs):
        raise RuntimeError("the gradient came back malformed")
    for gradient, value in zip(found, inputs, strict=True):
        if gradient is not None and (not isinstance(gradient, torch.Tensor) or gradient.shape != value.shape):
            raise RuntimeError("the gradient came back malformed")
    return found


def linked(tensor: Any, inputs: list[Any], backward: Callable[[Any], list[Any]], release: Callable[[], None]) -> Any:
    """`tensor` as a result of `inputs`, whose gradient is what `backward` makes of its own.

    `release` is called when no gradient can be asked for any more.
    """
    import torch

    # Parameters are not among the inputs, so something must require a gradient in any case.
    anchor = torch.zeros((), requires_grad=True)
    step = _step()
    result = step.apply(backward, tensor, anchor, *inputs)
    weakref.finalize(result.grad_fn, release).atexit = False
    return result


def _step() -> Any:
    """The function of torch's graph; made late, since torch is slow to import."""
    global _Step
    if _Step is None:
        import torch

        class Step(torch.autograd.Function):
            """One computation of the student's."""

            @staticmethod
            def forward(ctx: Any, backward: Any, tensor: Any, anchor: Any, *inputs: Any) -> Any:
                """The value is there already."""
                ctx.backward = backward
                return tensor.clone()

            @staticmethod
            def backward(ctx: Any, *gradients: Any) -> Any:
                """Let the student's process go on with it."""
                return (None, None, None, *ctx.backward(gradients[0].contiguous()))

        _Step = Step
    return _Step


_Step: Any = None
