"""A picture on its way through a chain of layers, with all that is needed to compute each number again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from course_lib.explain.explained_score import check_evaluation
from course_lib.models.normalize import Normalize


@dataclass(frozen=True)
class Step:
    """A layer, what it gave and what it is made of.

    Attributes:
        kind: which rule it follows, such as "convolution".
        name: its place in the net, such as "2.0".
        values: what it gave, maps (C, H, W) or a vector (n,).
        settings: stride, padding and so on, ready for JSON.
        weights: its parameters.
    """

    kind: str
    name: str
    values: Tensor
    settings: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Tensor] = field(default_factory=dict)


Parts = tuple[str, dict[str, Any], dict[str, Tensor]]


def _pair(value: int | tuple[int, ...]) -> list[int]:
    return [value, value] if isinstance(value, int) else [int(part) for part in value]


def _convolution(layer: nn.Conv2d) -> Parts:
    if layer.padding_mode != "zeros":
        raise ValueError(f"pads by padding_mode={layer.padding_mode!r}; only 'zeros' is supported")
    kernel, dilation = _pair(layer.kernel_size), _pair(layer.dilation)
    if isinstance(layer.padding, str):  # "same" pads one more at the end where the number is odd
        same = layer.padding == "same"
        padding = [same * d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)]
    else:
        padding = _pair(layer.padding)
    settings = {"kernel": kernel, "stride": _pair(layer.stride), "padding": padding, "dilation": dilation}
    weights = {"weight": layer.weight} | ({} if layer.bias is None else {"bias": layer.bias})
    return "convolution", settings | {"groups": layer.groups}, weights


def _max_pooling(layer: nn.MaxPool2d) -> Parts:
    if layer.return_indices:
        raise ValueError("returns indices beside the maps; make it with return_indices=False")
    settings = {name: _pair(getattr(layer, name)) for name in ("stride", "padding", "dilation")}
    return "max_pooling", settings | {"kernel": _pair(layer.kernel_size)}, {}


def _average_pooling(layer: nn.AvgPool2d) -> Parts:
    settings = {name: _pair(getattr(layer, name)) for name in ("stride", "padding")}
    settings |= {"kernel": _pair(layer.kernel_size), "dilation": [1, 1]}
    return "average_pooling", settings | {"padded": layer.count_include_pad, "divisor": layer.divisor_override}, {}


def _batch_norm(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> Parts:
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError("has no running statistics, so each number depends on the whole batch")
    weights = {"mean": layer.running_mean, "deviation": (layer.running_var + layer.eps).sqrt()}
    if layer.affine:
        weights |= {"gamma": layer.weight, "beta": layer.bias}
    return "scale", {"label": "Batch norm"}, weights


def _normalize(layer: Normalize) -> Parts:
    return "scale", {"label": "Normalize"}, {"mean": layer.mean.flatten(), "deviation": layer.std.flatten()}


def _dense(layer: nn.Linear) -> Parts:
    return "dense", {}, {"weight": layer.weight} | ({} if layer.bias is None else {"bias": layer.bias})


def _flatten(layer: nn.Flatten) -> Parts:
    if layer.start_dim not in (1, -3) or layer.end_dim not in (-1, 3):
        raise ValueError("flattens only some of the axes; nn.Flatten() flattens each picture")
    return "flatten", {}, {}


def _softmax(layer: nn.Softmax) -> Parts:
    if layer.dim not in (1, -1):
        raise ValueError(f"works along dim={layer.dim}; a softmax over the classes has dim=1")
    return "softmax", {}, {}


def _same(kind: str, *names: str) -> Callable[[Any], Parts]:
    return lambda layer: (kind, {name: getattr(layer, name) for name in names}, {})


_RULES: dict[type[nn.Module], Callable[[Any], Parts]] = {
    nn.Conv2d: _convolution,
    nn.BatchNorm2d: _batch_norm,
    nn.BatchNorm1d: _batch_norm,
    Normalize: _normalize,
    nn.ReLU: _same("relu"),
    nn.ReLU6: _same("relu6"),
    nn.LeakyReLU: _same("leaky_relu", "negative_slope"),
    nn.Sigmoid: _same("sigmoid"),
    nn.Tanh: _same("tanh"),
    nn.MaxPool2d: _max_pooling,
    nn.AvgPool2d: _average_pooling,
    nn.AdaptiveAvgPool2d: _same("mean"),
    nn.Flatten: _flatten,
    nn.Linear: _dense,
    nn.Softmax: _softmax,
    nn.Dropout: _same("nothing"),
    nn.Dropout2d: _same("nothing"),
    nn.Identity: _same("nothing"),
}
_ON_MAPS = ("convolution", "max_pooling", "average_pooling", "mean", "flatten")
_ON_VECTORS = ("dense", "softmax")


def trace(net: nn.Module, picture: npt.ArrayLike | Tensor) -> list[Step]:
    """The picture (C, H, W), what each layer of the chain makes of it, and the softmax of the last numbers.

    Layers that change nothing in use (dropout) are left out. The net stays as it is.

    Raises:
        TypeError: the net is no nn.Sequential.
        ValueError: a layer that is not supported, a net in training mode, a picture that the net cannot take.
    """
    check_evaluation(net)
    x = _as_picture(picture)
    layers = [(name, layer, _rule(name, layer)) for name, layer in _chain(net, "")]
    steps = [Step("picture", "", x)]
    flattened: list[int] | None = None  # the maps that a vector was made from
    for name, layer, parts in layers:
        kind, settings, weights = parts
        if kind == "nothing":
            continue
        before = steps[-1].values
        if kind == "flatten" and before.ndim == 1:
            continue
        values = _given(name, layer, kind, before)
        if kind == "flatten":
            flattened = list(before.shape) if before[0].numel() > 1 else None  # maps of one number are no maps
        elif kind in _ON_VECTORS:
            flattened = None
        if flattened and values.ndim == 1:
            settings = settings | {"maps": flattened}
        steps.append(Step(kind, name, values, settings, {key: w.detach() for key, w in weights.items()}))
    last = steps[-1]
    if last.values.ndim == 1 and len(last.values) > 1 and last.kind != "softmax":
        steps.append(Step("softmax", "", last.values.softmax(0)))
    return steps


def _as_picture(picture: npt.ArrayLike | Tensor) -> Tensor:
    """(C, H, W) floats; gray ones may be (H, W), and there may be a batch of one."""
    plain = picture.detach().cpu().float().numpy() if isinstance(picture, Tensor) else picture
    x = torch.from_numpy(np.array(plain, np.float32))
    shape = tuple(x.shape)
    x = x[None] if x.ndim == 2 else x[0] if x.ndim == 4 and len(x) == 1 else x
    if x.ndim != 3 or not x.numel():
        raise ValueError(f"a page shows one picture, (C, H, W) or (1, C, H, W), and this has the shape {shape}")
    if not bool(x.isfinite().all()):
        raise ValueError("the picture has numbers that are not finite")
    return x


def _chain(net: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers of a chain, and of the chains in it; one that is used twice stands there twice."""
    if not isinstance(net, nn.Sequential) or type(net).forward is not nn.Sequential.forward:
        raise TypeError(
            f"a page leads through an nn.Sequential, and the net is a {type(net).__name__}: what runs after what "
            "stands in its forward, where nobody but Python can read it. Put its layers into an nn.Sequential"
        )
    for name, layer in net._modules.items():
        if layer is None:
            continue
        if isinstance(layer, nn.Sequential):
            yield from _chain(layer, f"{path}{name}.")
        else:
            yield f"{path}{name}", copy.deepcopy(layer).cpu().float()


def _rule(name: str, layer: nn.Module) -> Parts:
    for kind, rule in _RULES.items():
        if isinstance(layer, kind) and type(layer).forward is kind.forward:
            try:
                return rule(layer)
            except ValueError as problem:
                raise ValueError(f"layer {name}, {layer}, {problem}") from None
    raise ValueError(
        f"layer {name}, {layer}, is not supported; a page knows {', '.join(kind.__name__ for kind in _RULES)}, "
        "one after the other or in nn.Sequential"
    )


def _given(name: str, layer: nn.Module, kind: str, before: Tensor) -> Tensor:
    """What the layer makes of maps or of a vector."""
    shape = tuple(before.shape)
    if kind in _ON_MAPS and before.ndim != 3:
        raise ValueError(f"layer {name}, {layer}, needs maps (C, H, W), and a vector of {shape[0]} numbers comes in")
    if kind in _ON_VECTORS and before.ndim != 1:
        raise ValueError(f"layer {name}, {layer}, needs a vector, and maps {shape} come in: put an nn.Flatten() before")
    with torch.no_grad():
        try:
            values: Tensor = layer(before[None].clone())[0]  # a copy: some layers write into what comes in
        except (RuntimeError, ValueError) as problem:
            raise ValueError(f"layer {name}, {layer}, cannot take {shape}: {problem}") from None
    if not bool(values.isfinite().all()):
        raise ValueError(f"layer {name}, {layer}, gives numbers that are not finite")
    return values.clone()
