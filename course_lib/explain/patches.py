"""What excites a unit most, among pictures that one has: the spots that it looked at, cut out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.explain.explained_score import check_pictures
from course_lib.explain.objectives import map_of
from course_lib.models.accounting import observed
from course_lib.models.fields import Field
from course_lib.models.ledger import Ledger
from course_lib.models.observed import features

Box = tuple[int, int, int, int]
_AT_ONCE = 16  # pictures, so that many of them need no more memory than a few


@dataclass(frozen=True, eq=False)
class Patch:
    """A spot of a picture.

    Attributes:
        picture: its number in the batch.
        place: row and column of the unit in its map.
        value: what the unit gave.
        box: top, left, bottom, right of its receptive field, in pixels; the last two are no more part of it. It may
            reach beyond the picture.
        pixels: (C, bottom - top, right - left), gray (0.5) beyond the border.
    """

    picture: int
    place: tuple[int, int]
    value: float
    box: Box
    pixels: Tensor


def top_patches(net: nn.Module, x: Tensor, at: str, number: int, count: int = 9) -> tuple[Patch, ...]:
    """The spots of the pictures at which one map of a layer is largest, the largest first, one a picture at most.

    Args:
        net: any net, in eval mode.
        x: pictures (N, C, H, W) of 0 to 1.
        at: the name of a layer.
        number: which of its maps; of a layer that gives vectors, which number, and the whole picture is its spot.
        count: how many spots; fewer if there are fewer pictures.

    Raises:
        ValueError: no such layer or map, receptive fields that cannot be told, a count below 1; wrong shapes, a net in
            training mode.
    """
    if count < 1:
        raise ValueError(f"count is at least 1, not {count}")
    check_pictures(net, x)
    values, places = zip(*(_strongest(net, part, at, number) for part in x.detach().split(_AT_ONCE)), strict=True)
    value, place = torch.cat(values), torch.cat(places)
    boxes = _Boxes(net, x.shape[1:], at)
    patches = []
    for picture in value.argsort(descending=True, stable=True)[:count].tolist():
        row, column = place[picture].tolist()
        box = boxes.of(row, column)
        patches.append(Patch(picture, (row, column), float(value[picture]), box, _cut(x[picture].detach(), box)))
    return tuple(patches)


def _cut(picture: Tensor, box: Box) -> Tensor:
    """The part (C, bottom - top, right - left) of a picture (C, H, W), gray (0.5) beyond its border."""
    top, left, bottom, right = box
    gray = picture.new_full((len(picture), bottom - top, right - left), 0.5)
    rows, columns = (slice(max(low, 0), max(high, 0)) for low, high in ((top, bottom), (left, right)))
    inside = picture[:, rows, columns]
    down, across = rows.start - top, columns.start - left
    gray[:, down : down + inside.shape[1], across : across + inside.shape[2]] = inside
    return gray


def _strongest(net: nn.Module, x: Tensor, at: str, number: int) -> tuple[Tensor, Tensor]:
    """The largest value of the map for each picture (N,), and where it is (N, 2)."""
    with torch.no_grad(), features(net, at) as seen:
        net(x.clone())
    maps = seen[at]
    if maps.dim() not in (2, 4):
        raise ValueError(f"{at} gives {tuple(maps.shape)}, neither maps (N, channels, h, w) nor vectors (N, channels)")
    value, where = map_of(seen, at, number).reshape(len(x), -1).max(1)
    columns = maps.shape[3] if maps.dim() == 4 else 1
    return value, torch.stack([where // columns, where % columns], 1)


class _Fields(Ledger):
    """Notes what the numbers that each module gives have seen, also of modules with others inside."""

    def __init__(self, net: nn.Module, x: Tensor) -> None:
        super().__init__(net, x)
        self.given: dict[nn.Module, Field | None] = {}
        self.modules = dict(net.named_modules(remove_duplicate=False))

    def _ends(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        super()._ends(module, args, kwargs, output)
        self.given[module] = self._field(output)


class _Boxes:
    """Receptive fields of a layer's units, in pixels."""

    def __init__(self, net: nn.Module, shape: Sequence[int], at: str) -> None:
        with torch.inference_mode(False):  # in it, nobody can watch the single operations
            seen = observed(net, tuple(shape), _Fields)
        field = seen.given.get(seen.modules[at])
        if field is None or len(field.along) != 2 or any(axis.grain for axis in field.along):
            raise ValueError(
                f"what a unit of {at} sees cannot be told: look at a layer before maps are enlarged or mixed"
            )
        self.along = field.along

    def of(self, row: int, column: int) -> Box:
        """Of the unit at a place."""
        (top, bottom), (left, right) = (
            (math.floor(axis.first + place * axis.jump), math.ceil(axis.first + place * axis.jump + axis.pixels))
            for axis, place in zip(self.along, (row, column), strict=True)
        )
        return top, left, bottom, right
