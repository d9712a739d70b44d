"""A picture walks through a chain of layers: every map, and one number of each recomputed in sight."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from course_lib.models.accounting import account
from course_lib.models.bill import Bill
from course_lib.models.one_number import OneNumber, one_number, said
from course_lib.vis.walks import MOST_MAPS, Step, Walk, maps_picture

MOST_STEPS = 150
"""Layers times pictures: about 1 MB."""


def walk(net: nn.Sequential, pictures: Mapping[str, npt.ArrayLike | Tensor]) -> Walk:
    """Lead pictures through a chain of layers, one step for each; leave it as the last line of a cell.

    Each step shows the maps before and after the layer, their shapes, what the layer costs, and how one number came
    about: of the output, the one farthest from zero. The net works as in evaluation, and stays as it is.

    Args:
        net: a chain; chains inside it are walked through, any other module is one step.
        pictures: by the names that a reader chooses from, (C, H, W) or gray ones (H, W), all of one shape.

    Raises:
        ValueError: pictures of several shapes, or that the net cannot take; too many pictures for so many layers.
    """
    if not isinstance(net, nn.Sequential):
        raise TypeError(f"a walk leads through an nn.Sequential, a chain of layers, not through {type(net).__name__}")
    ready = {name: _as_picture(name, picture) for name, picture in pictures.items()}
    shapes = {tuple(x.shape) for x in ready.values()}
    if len(shapes) != 1:
        raise ValueError(f"all pictures need one shape, and there must be one: {sorted(shapes)}")
    bare = copy.deepcopy(net).cpu().float().eval()
    layers = list(_chain(bare, ""))
    if (len(layers) + 1) * len(ready) > MOST_STEPS:
        raise ValueError(f"{len(layers)} layers are too many for {len(ready)} pictures: give fewer of them")
    bill = account(bare, shapes.pop())
    with torch.no_grad():
        return Walk({name: _steps(name, layers, x, bill) for name, x in ready.items()})


def _as_picture(name: str, picture: Any) -> Tensor:
    x = torch.as_tensor(np.asarray(picture.detach().cpu() if isinstance(picture, Tensor) else picture)).float()
    x = x[None] if x.ndim == 2 else x
    if x.ndim != 3 or not x.numel():
        raise ValueError(f"{name!r} has shape {tuple(x.shape)}; a picture has (H, W) or (C, H, W)")
    return x


def _chain(net: nn.Sequential, path: str) -> Iterator[tuple[str, nn.Module]]:
    for name, layer in net.named_children():
        if isinstance(layer, nn.Sequential):
            yield from _chain(layer, f"{path}{name}.")
        else:
            yield f"{path}{name}", layer


def _steps(picture: str, layers: list[tuple[str, nn.Module]], x: Tensor, bill: Bill) -> list[Step]:
    first = f"The picture: {_shape(x)}"
    lines = (
        f"{x.numel():,} numbers from {said(float(x.min()))} (black) to {said(float(x.max()))} (white).",
        "Next on: the left frame is what a layer looks at, the right one the number that it makes of it.",
    )
    steps = [Step(maps_picture(None, _maps(x), f"{picture}. {first}. {lines[0]}", None, None), first, lines)]
    for name, layer in layers:
        y = layer(x[None])[0]
        steps.append(_step(picture, name, layer, x, y, bill))
        x = y
    return steps


def _step(picture: str, name: str, layer: nn.Module, x: Tensor, y: Tensor, bill: Bill) -> Step:
    number = one_number(layer, x, y)
    rows = [row for row in bill.rows if row.name == name or row.name.startswith(f"{name}.")]
    parameters, products = sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)
    heading = f"{name}, {type(layer).__name__}: {_shape(x)} → {_shape(y)}"
    shown = f", the first {MOST_MAPS} are shown" if y.ndim == 3 and len(y) > MOST_MAPS and y[0].numel() > 1 else ""
    lines = [
        f"{parameters:,} parameters, {products:,} multiply-adds{shown}. "
        f"On the right, black is {said(float(y.min()))} and white {said(float(y.max()))}.",
        *(number.lines if number else ["How it works inside is not shown here."]),
    ]
    if name == bill.rows[-1].name and y.ndim == 1 and len(y) <= 20:
        lines.append("Output: " + ", ".join(f"{n}: {said(float(value))}" for n, value in enumerate(y)) + ".")
    alt = f"{picture}. {heading}. {' '.join(lines)}"
    number = number or OneNumber((), None, None)
    return Step(maps_picture(_maps(x), _maps(y), alt, number.seen, number.made), heading, tuple(lines), number.tables)


def _maps(x: Tensor) -> npt.NDArray[np.float64]:
    """Whatever tensor, as maps: the numbers of a vector are maps of one pixel."""
    values = x.double().numpy()
    if values.ndim == 3:
        return values
    return values.reshape(-1, 1, 1) if values.ndim < 2 else values.reshape(1, len(values), -1)


def _shape(x: Tensor) -> str:
    return " × ".join(map(str, x.shape)) if x.ndim else "1"
