"""The number that is explained: checked on the way in, with its graph attached, and the net left as it was found."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from course_lib.explain.objectives import Objective, Target, as_objective
from course_lib.models.observed import Seen, features


def check_evaluation(net: nn.Module) -> None:
    """Raise TypeError for what is no net, and ValueError for one in training mode, or with a part of it that is."""
    if not isinstance(net, nn.Module):
        raise TypeError(f"the net comes first, an nn.Module, and this is {type(net).__name__}")
    training = [name or "the net itself" for name, module in net.named_modules() if module.training]
    if training:
        who = f"{training[0]} and {len(training) - 1} more are" if len(training) > 1 else f"{training[0]} is"
        raise ValueError(
            f"{who} in training mode, in which batch norm mixes pictures and dropout throws dice: call net.eval() first"
        )


def check_pictures(net: nn.Module, x: Tensor) -> None:
    """Raise ValueError unless x is a batch of pictures (N, C, H, W), floats; and what `check_evaluation` raises."""
    check_evaluation(net)
    if not isinstance(x, Tensor) or x.dim() != 4:
        shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"pictures have the shape (N, C, H, W), not {shape}; of one picture (C, H, W), take x[None]")
    if not x.numel():
        raise ValueError(f"there is no picture in a batch of the shape {tuple(x.shape)}")
    if not x.is_floating_point():
        raise ValueError(f"pictures are floats of 0 to 1, not {x.dtype}: x.float() / 255")


def score(
    net: nn.Module, x: Tensor, target: Target, at: Sequence[str] = (), shown: Callable[[Tensor], Tensor] = lambda x: x
) -> tuple[Tensor, Tensor, Seen]:
    """The score of each picture (N,), the pictures that its graph leads to, and what the layers `at` gave.

    The pictures are copies that gradients can be taken of, whatever x was, also inside torch.no_grad() and
    torch.inference_mode(). The net sees them as they are `shown`.

    Raises:
        ValueError: wrong shapes, a net in training mode or made in inference mode, a score that is not one finite
            number a picture or that no gradient leads back from.
    """
    check_pictures(net, x)
    if any(tensor.is_inference() for tensor in itertools.chain(net.parameters(), net.buffers())):
        raise ValueError("a net made in torch.inference_mode() has no gradients: make it, or load it, outside")
    objective = as_objective(target)
    with torch.inference_mode(False), torch.enable_grad():
        pictures = x.detach().clone().requires_grad_()
        scores, seen = _run(net, shown(pictures), objective, at)
    if not scores.requires_grad:
        raise ValueError(
            f"the score ({objective.name}) does not depend on the picture, or its gradient is cut off: look for "
            "detach(), torch.no_grad(), rounding or a constant between the picture and the score"
        )
    return scores, pictures, seen


def value(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """The score of each picture (N,) without a graph. Raises ValueError as `score` does."""
    check_pictures(net, x)
    with torch.no_grad():
        return _run(net, x, as_objective(target), ())[0]


def gradient_by(scores: Tensor, of: Tensor, what: str) -> Tensor:
    """The gradient of each picture's score by `of`; .grad stays as it is. Raises ValueError if there is none."""
    result = None
    if of.requires_grad:
        with torch.inference_mode(False):
            (result,) = torch.autograd.grad(scores, of, torch.ones_like(scores), allow_unused=True)
    if result is None:
        raise ValueError(f"the score does not depend on {what}: its gradient is cut off between, or it comes later")
    return result


def gradient_by_pixels(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """The gradient of each picture's score by its numbers, (N, C, H, W). Raises ValueError as `score` does."""
    scores, pictures, _ = score(net, x, target)
    return gradient_by(scores, pictures, "the picture")


def check_not_constant(gradient: Tensor) -> Tensor:
    """The gradient again. Raises ValueError if all of it is exactly 0: a map of that would explain nothing."""
    if not gradient.any():
        raise ValueError("the score is constant around these pictures, its gradient is 0: dead units, weights of 0?")
    return gradient


def _run(net: nn.Module, x: Tensor, objective: Objective, at: Sequence[str]) -> tuple[Tensor, Seen]:
    with features(net, (*objective.at, *at)) as seen:
        logits = net(x.clone())  # a copy: a net may write into what it gets
    scores = objective.of(logits, seen)
    if scores.shape != (len(x),):
        raise ValueError(
            f"the score ({objective.name}) has the shape {tuple(scores.shape)}: one number a picture is needed, "
            f"({len(x)},)"
        )
    if not scores.isfinite().all():
        raise ValueError(f"the score ({objective.name}) is not finite: {scores.tolist()}")
    return scores, seen
