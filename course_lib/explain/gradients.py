"""Which pixels count: the gradient of a score, at the picture, around it, and on the way to it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.explain.explained_score import check_not_constant, check_pictures, gradient_by_pixels
from course_lib.explain.objectives import Target


def gradient(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """The gradient of each picture's score by its pixels, (N, C, H, W): how fast it grows with each number.

    Args:
        net: any net, in eval mode; it is left as it was.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes (their logits are taken), or an objective.

    Raises:
        ValueError: wrong shapes, a net in training mode, a score that does not depend on the picture.
    """
    return check_not_constant(gradient_by_pixels(net, x, target))


def saliency(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """The largest |gradient| over the channels of each pixel, (N, H, W).

    Arguments and errors are those of `gradient`. Source: Simonyan et al., 2014.
    """
    return gradient(net, x, target).abs().amax(1)


def smooth_grad(
    net: nn.Module, x: Tensor, target: Target, *, noise: float = 0.15, samples: int = 16, seed: int = 0
) -> Tensor:
    """The mean gradient of noisy copies, (N, C, H, W).

    Every picture of a batch gets the same noise, so that a batch gives what its pictures give one by one.
    Source: Smilkov et al., 2017.

    Args:
        net: any net, in eval mode.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes, or an objective.
        noise: deviation of the normal noise that is added; noisy pixels may leave 0 to 1.
        samples: number of copies.
        seed: of the noise.

    Raises:
        ValueError: no samples, a deviation below 0; and what `gradient` raises.
    """
    if noise < 0 or samples < 1:
        raise ValueError(f"noise is a deviation of at least 0, samples are 1 or more; got {noise} and {samples}")
    check_pictures(net, x)
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(x)
    for _ in range(samples):
        total += gradient_by_pixels(net, x.detach() + noise * torch.randn(x.shape[1:], generator=random).to(x), target)
    return check_not_constant(total) / samples


def integrated_gradients(
    net: nn.Module, x: Tensor, target: Target, *, baseline: float | Tensor = 0.0, steps: int = 32
) -> Tensor:
    """(x - baseline) times the mean gradient on the straight way from the baseline to x, (N, C, H, W).

    All numbers of a picture add up to score(x) - score(baseline), up to the error of the midpoint rule with `steps`
    points. Source: Sundararajan et al., 2017.

    Args:
        net: any net, in eval mode.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes, or an objective.
        baseline: where the way begins: one number for a gray or black picture, or a tensor that fits x.
        steps: points on the way.

    Raises:
        ValueError: no steps, a baseline that does not fit; and what `gradient` raises.
    """
    if steps < 1:
        raise ValueError(f"steps are 1 or more, got {steps}")
    check_pictures(net, x)
    start = torch.as_tensor(baseline).detach().to(x)
    try:
        start = start.expand_as(x)
    except RuntimeError:
        shapes = f"{tuple(start.shape)} does not fit pictures {tuple(x.shape)}"
        raise ValueError(f"a baseline of the shape {shapes}") from None
    total = torch.zeros_like(x)
    for step in range(steps):
        total += gradient_by_pixels(net, torch.lerp(start, x.detach(), (step + 0.5) / steps), target)
    return (x.detach() - start) * check_not_constant(total) / steps
