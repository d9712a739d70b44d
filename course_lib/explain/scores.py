"""The number that is explained: checked on the way in, with its graph attached, and the net left as it was found."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib.explain.objectives import Objective, as_objective
from course_lib.models.observed import Seen, features

Target = int | Sequence[int] | Tensor | Objective


def check_pictures(net: nn.Module, x: Tensor) -> None:
    """Raises ValueError for pictures that have another shape or kind than (N, C, H, W), and for a net that trains."""
    if not isinstance(x, Tensor) or x.dim() != 4 or not len(x):
        shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"pictures have the shape (N, C, H, W), not {shape}; of one picture (C, H, W), take x[None]")
    if not x.is_floating_point():
        raise ValueError(f"pictures are floats of 0 to 1, not {x.dtype}: x.float() / 255")
    training = [name or "the net itself" for name, module in net.named_modules() if module.training]
    if training:
        more = f" and {len(training) - 1} more" if len(training) > 1 else ""
        raise ValueError(f"{training[0]}{more} in training mode, in which pictures mix or dice are thrown: net.eval()")


def score(net: nn.Module, x: Tensor, target: Target, at: Sequence[str] = ()) -> tuple[Tensor, Tensor, Seen]:
    """The score of each picture (N,), the pictures that its graph leads to, and what the layers `at` gave.

    The pictures are copies that gradients can be taken of, whatever x was, also inside torch.no_grad(). Raises
    ValueError for wrong shapes, a net in training mode, and a score that no gradient leads back from.
    """
    check_pictures(net, x)
    if torch.is_inference_mode_enabled() or any(p.is_inference() for p in net.parameters()):
        raise ValueError("in torch.inference_mode() there are no gradients: call from outside, with a net from outside")
    objective = as_objective(target)
    with torch.enable_grad():
        pictures = x.detach().clone().requires_grad_()
        with features(net, (*objective.at, *at)) as seen:
            logits = net(pictures.clone())  # a copy: a net may write into what it gets
        scores = objective.of(logits, seen)
    if scores.shape != (len(x),):
        raise ValueError(f"the objective gives {tuple(scores.shape)}, not one number for each of {len(x)} pictures")
    if not scores.requires_grad:
        raise ValueError(
            f"the {objective.name} does not depend on the picture, or its gradient is cut off: look for detach(), "
            "torch.no_grad(), rounding or a constant between the picture and the score"
        )
    return scores, pictures, seen


def slope(scores: Tensor, of: Tensor, what: str) -> Tensor:
    """The derivative of each picture's score by `of`; .grad stays as it is. Raises ValueError if there is none."""
    result = None
    if of.requires_grad:
        (result,) = torch.autograd.grad(scores, of, torch.ones_like(scores), allow_unused=True)
    if result is None:
        raise ValueError(f"the score does not depend on {what}: its gradient is cut off between, or it comes later")
    return result


def check_not_constant(slopes: Tensor) -> Tensor:
    """The slopes again. Raises ValueError if all are exactly 0: a map of that would explain nothing."""
    if not slopes.any():
        raise ValueError("the score is constant around these pictures, all slopes are 0: dead units, or weights of 0?")
    return slopes
