"""DeepDream: make what a layer sees in a photograph stronger, until it can be seen (Mordvintsev et al., 2015)."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.explain.explained_score import check_pictures, gradient_by_pixels
from course_lib.explain.objectives import Target
from course_lib.explain.regularizers import shift

_SMALLEST = 8  # pixels


def dream(
    net: nn.Module, x: Tensor, target: Target, *, octaves: int = 4, ratio: float = 1.3, steps: int = 10,
    rate: float = 0.01, jitter: int = 16, tile: int | None = None, seed: int = 0,
) -> Tensor:  # fmt: skip
    """Pictures (N, C, H, W), 0 to 1, in which the score has grown: uphill in small sizes first, then in larger ones.

    What was added in one size is enlarged and kept for the next. Each step is `rate` times the gradient over the mean
    of its absolute values. The net stays as it is. Source: Mordvintsev et al., 2015.

    Args:
        net: any net, in eval mode.
        x: photographs (N, C, H, W) of 0 to 1; each climbs by itself.
        target: what is to grow: a class, N classes (their logits are taken), or an objective, as `layer("blocks.8")`.
        octaves: how many sizes.
        ratio: of one size to the one before it.
        steps: in each size.
        rate: by how much a step changes a pixel, on the average.
        jitter: before each step the picture is shifted by up to so many pixels, around the border.
        tile: compute the gradient in tiles of at most so many pixels a side, for pictures that memory does not hold;
            shifts move the seams. None takes the whole picture.
        seed: of the shifts.

    Raises:
        ValueError: a picture too small for the octaves, an argument out of its range; and what `gradient` raises,
            except that the score may be constant: the photograph then stays as it is.
    """
    check_pictures(net, x)
    for name, number in {"steps": steps, "rate": rate, "jitter": jitter}.items():
        if not number >= 0:
            raise ValueError(f"{name} is not negative: {number}")
    if tile is not None and tile < _SMALLEST:
        raise ValueError(f"a tile has at least {_SMALLEST} pixels a side, not {tile}")
    generator = torch.Generator().manual_seed(seed)
    photo = x.detach()
    added = torch.zeros_like(photo)
    for size in octave_sizes((x.shape[2], x.shape[3]), octaves, ratio):
        base = F.interpolate(photo, size=size, mode="bilinear", antialias=True)
        z = base + F.interpolate(added, size=size, mode="bilinear")
        for _ in range(steps):
            z = _step(net, z, target, rate, shift(generator, jitter), tile)
        added = z - base
    return z.clamp(0, 1)


def octave_sizes(size: tuple[int, int], octaves: int, ratio: float) -> list[tuple[int, int]]:
    """Heights and widths, the smallest first and `size` last, each smaller than the next one by the ratio.

    Raises ValueError if there is none, if the ratio is below 1, and if the smallest has under 8 pixels a side.
    """
    if octaves < 1 or ratio < 1:
        raise ValueError(f"octaves and ratio are at least 1, not {octaves} and {ratio}")
    sizes = [(round(size[0] / ratio**k), round(size[1] / ratio**k)) for k in reversed(range(octaves))]
    if min(sizes[0]) < _SMALLEST:
        raise ValueError(f"the smallest of {octaves} octaves is {sizes[0]}: take fewer, or a larger picture")
    return sizes


def _step(net: nn.Module, z: Tensor, target: Target, rate: float, by: tuple[int, int], tile: int | None) -> Tensor:
    gradient = _gradient(net, z.roll(by, (2, 3)), target, tile).roll((-by[0], -by[1]), (2, 3))
    typical = gradient.abs().mean((1, 2, 3), keepdim=True)
    return (z + rate * gradient / typical.clamp(min=torch.finfo(z.dtype).tiny)).clamp(0, 1)


def _gradient(net: nn.Module, z: Tensor, target: Target, tile: int | None) -> Tensor:
    """By all of z at once, or tile by tile: a tile's value counts by its share of the picture, as in a mean."""
    height, width = z.shape[2:]
    if tile is None or tile >= max(height, width):
        return gradient_by_pixels(net, z, target)
    gradient = torch.empty_like(z)
    for rows in _cuts(height, tile):
        for columns in _cuts(width, tile):
            piece = z[:, :, rows, columns]
            share = piece.shape[2] * piece.shape[3] / (height * width)
            gradient[:, :, rows, columns] = share * gradient_by_pixels(net, piece, target)
    return gradient


def _cuts(length: int, tile: int) -> list[slice]:
    """As few pieces as the tile allows, of nearly the same length."""
    count = math.ceil(length / tile)
    edges = [round(k * length / count) for k in range(count + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]
