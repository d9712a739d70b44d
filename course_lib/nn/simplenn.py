"""MatConvNet's wrapper: a network as a list of descriptions, and a result for each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.nn.arguments import Array
from course_lib.nn.matconvnet import (
    vl_nnconv,
    vl_nndropout,
    vl_nndropout_backward,
    vl_nnloss,
    vl_nnnoffset,
    vl_nnnormalize,
    vl_nnpdist,
    vl_nnpool,
    vl_nnrelu,
    vl_nnsigmoid,
    vl_nnsoftmax,
    vl_nnspnorm,
)

LayerDescription = Mapping[str, Any]


@dataclass
class Result:
    """What stands between two layers: the data `x`, the derivative `dzdx` of the network's output by it.

    `dzdw` holds the derivatives by the weights of the layer that comes next, `aux` what that layer remembers.
    """

    x: Array
    dzdx: Array | None = None
    dzdw: tuple[Array, ...] = ()
    aux: Array | None = None


def vl_simplenn(
    net: Mapping[str, Sequence[LayerDescription]],
    x: Array,
    dzdy: Array | float | None = None,
    *,
    rng: np.random.Generator | None = None,
    mode: str = "normal",
) -> list[Result]:
    """Evaluate net["layers"] on x (H, W, D, N): one result for each layer, and one before them for x itself.

    `res[i + 1].x` is the output of layer i (from 0). With `dzdy` (1.0 after a loss), `res[i].dzdx` and `res[i].dzdw`
    are filled too. A layer is a mapping with a "type" and its parameters:
    conv (weights (f, b), stride, pad, dilate), pool (method, pool, stride, pad), relu (leak), sigmoid,
    dropout (rate), softmax, loss (class, loss), softmaxloss (class), normalize, noffset and spnorm (param),
    pdist (class: x0, p, no_root). Dropout draws from `rng`, and does nothing in mode "test".
    Raises ValueError for an unknown type or a missing parameter.
    """
    if mode not in ("normal", "test"):
        raise ValueError(f"vl_simplenn: mode is {mode!r}; it must be 'normal' or 'test'")
    results = [Result(x)]
    for place, layer in enumerate(net["layers"]):
        results.append(Result(_forward(place, layer, results[-1], rng, mode)))
    if dzdy is None:
        return results
    results[-1].dzdx = np.asarray(dzdy, dtype=x.dtype)
    for place, layer in reversed(list(enumerate(net["layers"]))):
        _backward(place, layer, results[place], results[place + 1].dzdx)
    return results


def _forward(place: int, layer: LayerDescription, before: Result, rng: np.random.Generator | None, mode: str) -> Array:
    if layer.get("type") == "dropout":
        if mode == "test":
            return before.x
        if rng is None:
            raise ValueError(f"vl_simplenn: layer {place} is dropout, and rng is None; it must be a random generator")
        y, before.aux = vl_nndropout(before.x, layer.get("rate", 0.5), rng)
        return y
    return np.asarray(_call(place, layer, before.x, None))


def _backward(place: int, layer: LayerDescription, before: Result, dzdy: Array | None) -> None:
    assert dzdy is not None  # set by the layer above
    if layer.get("type") == "dropout":
        before.dzdx = dzdy if before.aux is None else vl_nndropout_backward(dzdy, before.aux)
    elif layer.get("type") == "conv":
        before.dzdx, *weights = _call(place, layer, before.x, dzdy)
        before.dzdw = tuple(gradient for gradient in weights if gradient is not None)
    else:
        before.dzdx = _call(place, layer, before.x, dzdy)


def _call(place: int, layer: LayerDescription, x: Array, dzdy: Array | None) -> Any:
    """The layer's own function, in the direction that dzdy says."""

    def given(*names: str) -> dict[str, Any]:
        return {name: layer[name] for name in names if name in layer}

    try:
        match layer["type"]:
            case "conv":
                filters, biases = layer["weights"]
                options = given("stride", "pad", "dilate")
                if dzdy is None:
                    return vl_nnconv(x, filters, biases, **options)
                return vl_nnconv(x, filters, biases, dzdy, **options)
            case "pool":
                return vl_nnpool(x, layer["pool"], dzdy, **given("method", "stride", "pad"))
            case "relu":
                return vl_nnrelu(x, dzdy, **given("leak"))
            case "sigmoid":
                return vl_nnsigmoid(x, dzdy)
            case "softmax":
                return vl_nnsoftmax(x, dzdy)
            case "loss":
                return vl_nnloss(x, layer["class"], None if dzdy is None else float(dzdy), **given("loss"))
            case "softmaxloss":
                return vl_nnloss(x, layer["class"], None if dzdy is None else float(dzdy))
            case "normalize":
                return vl_nnnormalize(x, dzdy=dzdy, **given("param"))
            case "noffset":
                return vl_nnnoffset(x, layer["param"], dzdy)
            case "spnorm":
                return vl_nnspnorm(x, layer["param"], dzdy)
            case "pdist":
                return vl_nnpdist(x, layer["class"], layer["p"], dzdy, **given("no_root"))
    except KeyError as missing:
        raise ValueError(f"vl_simplenn: layer {place} ({layer.get('type')}) lacks its {missing.args[0]!r}") from None
    raise ValueError(f"vl_simplenn: layer {place} has type {layer['type']!r}, which is not known")
