"""How one number of a layer's output came about, with all that went into it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.vis.walks import Mark

Table = tuple[str, tuple[tuple[str, ...], ...]]

_POINTWISE = (
    nn.ELU, nn.GELU, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU, nn.ReLU, nn.Sigmoid, nn.SiLU, nn.Softplus, nn.Tanh,
)  # fmt: skip
_POOLING = (nn.AvgPool2d, nn.MaxPool2d)
_TERMS = 4  # of a long sum


@dataclass(frozen=True)
class OneNumber:
    """Words and tables, and what is framed in the picture before and after the layer."""

    lines: tuple[str, ...]
    seen: Mark | None
    made: Mark | None
    tables: tuple[Table, ...] = ()


def said(value: float, digits: int = 2) -> str:
    """With a true minus sign, and no minus before a zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def one_number(layer: nn.Module, x: Tensor, y: Tensor) -> OneNumber | None:
    """The number of `y = layer(x)` that is farthest from zero, recomputed; None for a layer of unknown kind."""
    if isinstance(layer, (nn.Flatten, nn.Identity, nn.Dropout, nn.Dropout2d)):
        return OneNumber(
            ("No number changes." + " They only stand in a row now." * isinstance(layer, nn.Flatten),), None, None
        )
    place = _place_of(int(y.abs().argmax()), tuple(y.shape))
    if isinstance(layer, nn.Conv2d) and _pads_evenly(layer):
        return _convolution(layer, x, y, place)
    if isinstance(layer, nn.Linear) and x.ndim == 1:
        return _linear(layer, x, y, place[0])
    if isinstance(layer, _POOLING) and x.ndim == 3 and getattr(layer, "dilation", 1) == 1:
        return _pooling(layer, x, y, place)
    if isinstance(layer, _POINTWISE):
        came, name = float(x[place]), type(layer).__name__
        line = f"{_at(place)}: {name}({said(came, 3)}) = {said(float(y[place]), 3)}."
        return OneNumber((line,), _pixel(place), _pixel(place))
    return None


def _pads_evenly(layer: nn.Conv2d) -> bool:
    """Whether it pads as its attributes say; a subclass may do otherwise."""
    plain = type(layer).forward is nn.Conv2d.forward
    return plain and layer.padding_mode == "zeros" and not isinstance(layer.padding, str)


def _place_of(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place of the `number`-th value in a tensor of `shape`."""
    place: list[int] = []
    for size in reversed(shape):
        number, rest = divmod(number, size)
        place.insert(0, rest)
    return tuple(place)


def _at(place: tuple[int, ...]) -> str:
    if len(place) == 3:
        return f"Map {place[0]}, row {place[1]}, column {place[2]}"
    return f"Number {', '.join(map(str, place))}"


def _pixel(place: tuple[int, ...]) -> Mark | None:
    if len(place) == 3:
        return [place[0]], place[1], place[2], 1, 1
    return ([place[0]], 0, 0, 1, 1) if len(place) == 1 else None


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    if isinstance(value, tuple) and len(value) == 2:
        return value
    return int(value), int(value)  # type: ignore[arg-type]  # a number


def _rows(values: Tensor) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(said(float(value)) for value in row) for row in values)


def _convolution(layer: nn.Conv2d, x: Tensor, y: Tensor, place: tuple[int, ...]) -> OneNumber:
    (pad_y, pad_x), (tall, broad) = _pair(layer.padding), _pair(layer.kernel_size)  # type: ignore[arg-type]  # no str here
    (step_y, step_x), (apart_y, apart_x) = _pair(layer.stride), _pair(layer.dilation)
    padded = F.pad(x, (pad_x, pad_x, pad_y, pad_y))
    top, left = place[1] * step_y, place[2] * step_x
    high, wide = (tall - 1) * apart_y + 1, (broad - 1) * apart_x + 1
    group = place[0] // (layer.out_channels // layer.groups)
    each = layer.in_channels // layer.groups
    maps = list(range(group * each, (group + 1) * each))
    window = padded[maps, top : top + high : apart_y, left : left + wide : apart_x]
    weights = layer.weight[place[0]]
    sums = (window * weights).flatten(1).sum(1)
    shown = int(sums.abs().argmax())
    bias = float(layer.bias[place[0]]) if layer.bias is not None else 0.0
    start = f"bias {said(bias, 3)} + " if layer.bias is not None else ""
    line = (
        f"{_at(place)}: {start}{each} × {tall} × {broad} = {window.numel()} products, weight times number in the "
        f"frame, summed: {said(float(sums.sum()), 3)}. Together {said(float(sums.sum()) + bias, 3)}."
    )
    lines = [line]
    if each > 1:
        parts = ", ".join(f"{number}: {said(float(value))}" for number, value in zip(maps[:16], sums, strict=False))
        lines.append(f"By input map, {parts}{', …' if each > 16 else ''}. The tables show map {maps[shown]}.")
    tables = (
        (f"Window in map {maps[shown]}", _rows(window[shown])),
        (f"Weights for map {maps[shown]}", _rows(weights[shown])),
    )
    seen = maps, top - pad_y, left - pad_x, high, wide
    return OneNumber(tuple(lines), seen, _pixel(place), tables)


def _linear(layer: nn.Linear, x: Tensor, y: Tensor, place: int) -> OneNumber:
    products = layer.weight[place] * x
    largest = products.abs().argsort(descending=True)[:_TERMS].tolist()
    terms = " + ".join(f"{_signed(float(layer.weight[place, n]))} · {_signed(float(x[n]))}" for n in largest)
    rest = float(products.sum() - products[largest].sum())
    others = f" + {len(x) - len(largest)} more products, together {_signed(rest, 3)}" * (len(x) > len(largest))
    bias = f" + bias {_signed(float(layer.bias[place]), 3)}" if layer.bias is not None else ""
    line = f"Number {place}, the largest products first: {terms}{others}{bias} = {said(float(y[place]), 3)}."
    return OneNumber((line,), (largest, 0, 0, 1, 1), ([place], 0, 0, 1, 1))


def _signed(value: float, digits: int = 2) -> str:
    text = said(value, digits)
    return f"({text})" if text.startswith("−") else text


def _pooling(layer: nn.Module, x: Tensor, y: Tensor, place: tuple[int, ...]) -> OneNumber | None:
    (tall, broad), (step_y, step_x) = _pair(layer.kernel_size), _pair(layer.stride)  # type: ignore[arg-type]  # wider in torch
    pad_y, pad_x = _pair(layer.padding)  # type: ignore[arg-type]  # wider in torch
    top, left = place[1] * step_y - pad_y, place[2] * step_x - pad_x
    window = x[place[0], max(top, 0) : max(top + tall, 0), max(left, 0) : max(left + broad, 0)]
    which = "largest" if isinstance(layer, nn.MaxPool2d) else "mean"
    found = window.max() if which == "largest" else window.mean()
    if not torch.isclose(found, y[place], atol=1e-5):
        return None  # zeros of the padding are counted, or a divisor is given: not the plain mean
    line = f"{_at(place)}: of the {window.numel()} numbers in the frame the {which}, {said(float(found), 3)}."
    return OneNumber((line,), ([place[0]], top, left, tall, broad), _pixel(place), (("In the frame", _rows(window)),))
