"""What would a class or a unit like to see? Uphill among all pictures (Erhan et al., 2009; Simonyan et al., 2014)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.explain import regularizers
from course_lib.explain.explained_score import check_evaluation, gradient_by, score, value
from course_lib.explain.fourier import from_waves
from course_lib.explain.objectives import Target

_GRAY = 0.5
_BLUR_EVERY = 4  # steps


@dataclass(frozen=True, eq=False)
class Maximized:
    """What came of a climb.

    Attributes:
        pictures: (N, C, H, W), 0 to 1.
        values: (steps + 1, N), the score before each step, of the picture as it was shown (shifted and scaled);
            the last row is that of `pictures`.
        frames: the pictures after so many steps, for each of `keep`.
    """

    pictures: Tensor
    values: Tensor
    frames: dict[int, Tensor]


def maximize(
    net: nn.Module, target: Target, size: int | tuple[int, int], *, count: int = 1, channels: int = 3,
    steps: int = 120, rate: float = 0.05, decay: float = 0.0, jitter: int = 0, scale: float = 0.0, blur: float = 0.0,
    total_variation: float = 0.0, parameters: Literal["fourier", "pixels"] = "fourier", seed: int = 0,
    keep: Collection[int] = (),
) -> Maximized:  # fmt: skip
    """Pictures (count, C, H, W), 0 to 1, that make the score large: Adam, uphill, from gray with a little noise.

    `maximize(net, range(10), 32, count=10)` makes one picture for each of ten classes. The net stays as it is, and so
    does the global random generator; the pictures have the precision and the device of the net's weights.
    Sources: Erhan et al., 2009; Simonyan et al., 2014; and those of the arguments.

    Args:
        net: any net, in eval mode.
        target: a class, `count` classes (their logits are taken), or an objective.
        size: H and W of the pictures; one number for both.
        count: how many pictures; their noise differs.
        channels: C.
        steps: of Adam.
        rate: of Adam.
        decay: lambda of S(I) - lambda |I - gray|^2, the L2 penalty of Simonyan et al. (2014), summed over a picture.
        jitter: before each step the picture is shifted by up to so many pixels, around the border.
        scale: and enlarged by a random factor from 1 - scale to 1 + scale.
        blur: deviation in pixels of a Gaussian, over the picture every 4 steps (Yosinski et al., 2015); pixels only.
        total_variation: weight of the sum of squared differences of neighbors (Mahendran and Vedaldi, 2015).
        parameters: what the steps change: "pixels", held between 0 and 1; or "fourier", strengths of waves, scaled by
            one over their frequency, with colors that vary as those of photographs do (Olah et al., 2017).
        seed: of noise and shifts.
        keep: numbers of steps after which a copy of the pictures is kept; 0 is the start.

    Raises:
        ValueError: an argument out of its range, a net in training mode, a score that does not depend on the picture or
            is not one finite number for each.
    """
    weights = {
        "rate": rate,
        "decay": decay,
        "jitter": jitter,
        "scale": scale,
        "blur": blur,
        "total_variation": total_variation,
    }
    counts = {"count": count, "channels": channels, "steps": steps}
    sides = size if isinstance(size, tuple) else (size, size)
    _check_climb(sides, counts, weights, parameters == "pixels", keep)
    check_evaluation(net)
    generator = torch.Generator().manual_seed(seed)
    tensors = itertools.chain(net.parameters(), net.buffers())
    like = next((tensor for tensor in tensors if tensor.is_floating_point()), torch.empty(0))
    start, picture_of = _parameters(parameters, (count, channels, *sides), generator)
    inside = start.to(like)
    frames: dict[int, Tensor] = {}
    values: list[Tensor] = []
    with torch.inference_mode(False), torch.enable_grad():
        inside = inside.clone().requires_grad_()
        adam = torch.optim.Adam([inside], rate)
        for step in range(steps):
            x = picture_of(inside)
            if step in keep:
                frames[step] = x.detach().clone()
            scores, shown, _ = score(net, x, target, shown=_varied(generator, jitter, scale))
            values.append(scores.detach())
            uphill = gradient_by(scores, shown, "the picture")
            downhill = _penalty_gradient(x.detach(), decay, total_variation) - uphill
            (inside.grad,) = torch.autograd.grad(x, inside, downhill)
            adam.step()
            if parameters == "pixels":
                _tidy(inside, blur if step % _BLUR_EVERY == 0 else 0)
        pictures = picture_of(inside.detach()).clone()
        values.append(value(net, pictures, target))
    if steps in keep:
        frames[steps] = pictures.clone()
    return Maximized(pictures, torch.stack(values), frames)


def _parameters(
    kind: str, shape: tuple[int, int, int, int], generator: torch.Generator
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Where the climb starts, gray with a little noise, and what makes pictures of it."""
    n, c, height, width = shape
    if kind == "pixels":
        return _GRAY + 0.05 * torch.randn(shape, generator=generator), lambda pixels: pixels.view_as(pixels)
    if kind == "fourier":
        waves = 0.01 * torch.randn(n, c, height, width // 2 + 1, 2, generator=generator)
        return waves, lambda inside: from_waves(inside, (height, width))
    raise ValueError(f'parameters are "pixels" or "fourier", not {kind!r}')


def _varied(generator: torch.Generator, jitter: int, scale: float) -> Callable[[Tensor], Tensor]:
    """A shift and an enlargement, drawn once."""
    by = regularizers.shift(generator, jitter)
    factor = 1 + scale * (2 * torch.rand(1, generator=generator).item() - 1)

    def shown(x: Tensor) -> Tensor:
        x = x.roll(by, (2, 3))
        size = [max(1, round(factor * side)) for side in x.shape[2:]]
        return F.interpolate(x, size, mode="bilinear", antialias=True) if scale else x

    return shown


def _penalty_gradient(x: Tensor, decay: float, roughness: float) -> Tensor:
    x = x.clone().requires_grad_()
    penalty = decay * (x - _GRAY).square().sum() + roughness * regularizers.total_variation(x).sum()
    return torch.autograd.grad(penalty, x)[0]


@torch.no_grad()
def _tidy(pixels: Tensor, blur: float) -> None:
    """Blur, and back to between 0 and 1."""
    pixels.copy_((regularizers.blurred(pixels, blur) if blur else pixels).clamp(0, 1))


def _check_climb(
    size: tuple[int, int], counts: dict[str, int], weights: dict[str, float], blurs: bool, keep: Collection[int]
) -> None:
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size is height and width, at least 1, not {size}")
    for name, number in counts.items():
        if number < 1:
            raise ValueError(f"{name} is at least 1, not {number}")
    for name, weight in weights.items():
        if not weight >= 0:
            raise ValueError(f"{name} is not negative: {weight}")
    if not blurs and weights["blur"]:
        raise ValueError('blur is for parameters="pixels"; waves are held back by their frequency already')
    if weights["scale"] >= 1:
        raise ValueError(f"scale is below 1, not {weights['scale']}")
    if any(not 0 <= step <= counts["steps"] for step in keep):
        raise ValueError(f"keep names steps from 0 to {counts['steps']}, not {sorted(keep)}")
