"""MatConvNet's functional interface over the layers of this package: one function for both directions.

Without `dzdy` a function returns its output, with it the derivative by its input. Arrays are laid out as in MatConvNet:
data (H, W, D, N) and filters (H, W, D, K). Unlike there, labels count from 0. Vedaldi and Lenc (2015).
"""

from __future__ import annotations

from typing import Literal, overload

import numpy as np

from course_lib.nn.arguments import Array, IntOrPair, Padding, require_axes, require_floats, require_shape
from course_lib.nn.convolution import conv_backward, conv_forward
from course_lib.nn.cross_entropy import (
    nll_backward,
    nll_forward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from course_lib.nn.dropout import DropoutCache, dropout_backward, dropout_forward
from course_lib.nn.local_response_norm import local_response_norm_backward, local_response_norm_forward
from course_lib.nn.pooling import (
    average_pool_backward,
    average_pool_forward,
    max_pool_backward,
    max_pool_forward,
)
from course_lib.nn.relu import leaky_relu_backward, leaky_relu_forward
from course_lib.nn.sigmoid import sigmoid_backward, sigmoid_forward
from course_lib.nn.softmax import softmax_backward, softmax_forward

MatPadding = int | tuple[int, int, int, int]  # all sides, or (top, bottom, left, right)
Loss = Literal["softmaxlog", "log", "classerror"]


def to_nchw(array: Array) -> Array:
    """Data (H, W, D, N) -> (N, D, H, W), and filters (H, W, D, K) -> (K, D, H, W). A view."""
    require_axes("to_nchw", "array", array, "H W D N")
    return array.transpose(3, 2, 0, 1)


def from_nchw(array: Array) -> Array:
    """(N, D, H, W) -> (H, W, D, N): the inverse of to_nchw. A view."""
    require_axes("from_nchw", "array", array, "N D H W")
    return array.transpose(2, 3, 1, 0)


@overload
def vl_nnconv(
    x: Array, f: Array, b: Array | None, *, pad: MatPadding = 0, stride: IntOrPair = 1, dilate: IntOrPair = 1
) -> Array: ...
@overload
def vl_nnconv(
    x: Array,
    f: Array,
    b: Array | None,
    dzdy: Array,
    *,
    pad: MatPadding = 0,
    stride: IntOrPair = 1,
    dilate: IntOrPair = 1,
) -> tuple[Array, Array, Array | None]: ...
def vl_nnconv(
    x: Array,
    f: Array,
    b: Array | None,
    dzdy: Array | None = None,
    *,
    pad: MatPadding = 0,
    stride: IntOrPair = 1,
    dilate: IntOrPair = 1,
) -> Array | tuple[Array, Array, Array | None]:
    """x (H, W, D, N), filters f (h, w, D / groups, K), biases b (K,) or None -> y; with dzdy (dzdx, dzdf, dzdb).

    The number of groups follows from the depths of x and f.
    """
    x, f = to_nchw(x), to_nchw(f)
    groups = max(1, x.shape[1] // f.shape[1])
    y, cache = conv_forward(x, f, b, stride=stride, padding=_padding(pad), dilation=dilate, groups=groups)
    if dzdy is None:
        return from_nchw(y)
    dx, df, db = conv_backward(to_nchw(dzdy), cache)
    return from_nchw(dx), from_nchw(df), db


def vl_nnpool(
    x: Array,
    pool: IntOrPair,
    dzdy: Array | None = None,
    *,
    method: Literal["max", "avg"] = "max",
    pad: MatPadding = 0,
    stride: IntOrPair = 1,
) -> Array:
    """x (H, W, D, N) -> y, or dzdx. The stride is 1 unless given; averages do not count padding."""
    images, padding = to_nchw(x), _padding(pad)
    if method == "max":
        y, max_cache = max_pool_forward(images, pool, stride=stride, padding=padding)
        return from_nchw(y if dzdy is None else max_pool_backward(to_nchw(dzdy), max_cache))
    if method == "avg":
        y, cache = average_pool_forward(images, pool, stride=stride, padding=padding, count_include_pad=False)
        return from_nchw(y if dzdy is None else average_pool_backward(to_nchw(dzdy), cache))
    raise ValueError(f"vl_nnpool: method is {method!r}; it must be 'max' or 'avg'")


def vl_nnrelu(x: Array, dzdy: Array | None = None, *, leak: float = 0.0) -> Array:
    """x -> y = max(x, leak * x), or dzdx."""
    y, cache = leaky_relu_forward(x, leak)
    return y if dzdy is None else leaky_relu_backward(dzdy, cache)


def vl_nnsigmoid(x: Array, dzdy: Array | None = None) -> Array:
    """x -> y = 1 / (1 + exp(-x)), or dzdx."""
    y, cache = sigmoid_forward(x)
    return y if dzdy is None else sigmoid_backward(dzdy, cache)


def vl_nndropout(x: Array, rate: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """x -> (y, mask): entries are dropped with probability `rate`, the others divided by 1 - rate."""
    y, cache = dropout_forward(x, rate, rng)
    return y, cache.factor


def vl_nndropout_backward(dzdy: Array, mask: Array) -> Array:
    """dzdy -> dzdx, with the mask that vl_nndropout returned (MatConvNet: the option `mask`)."""
    return dropout_backward(dzdy, DropoutCache(mask))


def vl_nnsoftmax(x: Array, dzdy: Array | None = None) -> Array:
    """x (H, W, D, N) -> softmax over the depth D, or dzdx."""
    require_axes("vl_nnsoftmax", "x", x, "H W D N")
    y, cache = softmax_forward(x, axis=2)
    return y if dzdy is None else softmax_backward(dzdy, cache)


def vl_nnloss(x: Array, c: Array, dzdy: float | None = None, *, loss: Loss = "softmaxlog") -> Array:
    """x (H, W, D, N), labels c (N,) or (H, W, N) from 0 -> the loss, summed over everything; or dzdx.

    "softmaxlog" takes scores, "log" probabilities; "classerror" counts wrong answers, its derivative is 0.
    """
    scores = to_nchw(x)
    labels = np.broadcast_to(c, (*x.shape[:2], x.shape[3])).transpose(2, 0, 1)
    if loss == "softmaxlog":
        value, cache = softmax_cross_entropy_forward(scores, labels, reduction="sum")
        return value if dzdy is None else from_nchw(softmax_cross_entropy_backward(dzdy, cache))
    if loss == "log":
        with np.errstate(divide="ignore"):
            value, nll_cache = nll_forward(np.log(scores), labels, reduction="sum")
            return value if dzdy is None else from_nchw(nll_backward(dzdy, nll_cache) / scores)
    if loss == "classerror":
        return np.asarray((scores.argmax(axis=1) != labels).sum()) if dzdy is None else np.zeros_like(x)
    raise ValueError(f"vl_nnloss: loss is {loss!r}; it must be 'softmaxlog', 'log' or 'classerror'")


def vl_nnsoftmaxloss(x: Array, c: Array, dzdy: float | None = None) -> Array:
    """Softmax and logarithmic loss in one: vl_nnloss with "softmaxlog"."""
    return vl_nnloss(x, c, dzdy, loss="softmaxlog")


def vl_nnpdist(
    x: Array, x0: Array, p: float, dzdy: Array | None = None, *, no_root: bool = False, epsilon: float = 1e-6
) -> Array:
    """x (H, W, D, N) and x0, which may be shared over H, W or N -> (H, W, 1, N): (sum_d |x - x0|^p)^(1/p); or dzdx.

    With `no_root` the sum itself. `epsilon` keeps the derivative of the root finite where x is x0. p is at least 1.
    """
    require_floats("vl_nnpdist", x=x, x0=x0)
    require_axes("vl_nnpdist", "x", x, "H W D N")
    if p < 1:
        raise ValueError(f"vl_nnpdist: p is {p}; it must be at least 1, or this is no distance")
    difference = x - x0
    require_shape("vl_nnpdist", "x0", difference, x.shape, "so x0 must have the shape of x, or 1 in some axes")
    total: Array = (np.abs(difference) ** p).sum(axis=2, keepdims=True)
    distance: Array = total ** (1 / p)
    if dzdy is None:
        return total if no_root else distance
    require_shape("vl_nnpdist", "dzdy", dzdy, total.shape, "the shape of the output")
    slope = np.abs(difference) ** (p - 1) * np.sign(difference)
    dzdx: Array = dzdy * (p * slope if no_root else slope * np.maximum(distance, epsilon) ** (1 - p))
    return dzdx


def vl_nnnormalize(
    x: Array, param: tuple[int, float, float, float] = (5, 2.0, 1e-4, 0.75), dzdy: Array | None = None
) -> Array:
    """x (H, W, D, N), param (size, kappa, alpha, beta) -> x / (kappa + alpha * sum of x^2 around)^beta; or dzdx.

    The local response normalization of AlexNet: alpha is not divided by the size, which must be odd.
    """
    size, kappa, alpha, beta = param
    y, cache = local_response_norm_forward(to_nchw(x), size, alpha=alpha * size, beta=beta, k=kappa)
    return from_nchw(y if dzdy is None else local_response_norm_backward(to_nchw(dzdy), cache))


def vl_nnnoffset(x: Array, param: tuple[float, float], dzdy: Array | None = None) -> Array:
    """x (H, W, D, N), param (alpha, beta) -> x - alpha * (sum over D of x^2)^beta; or dzdx."""
    require_floats("vl_nnnoffset", x=x, dzdy=dzdy)
    require_axes("vl_nnnoffset", "x", x, "H W D N")
    alpha, beta = param
    energy = (x * x).sum(axis=2, keepdims=True)
    if dzdy is None:
        y: Array = x - alpha * energy**beta
        return y
    # Where x is zero in all channels its energy is flat; its power may be infinite there.
    slope = np.where(energy > 0, energy, 1) ** (beta - 1)
    dzdx: Array = dzdy - 2 * alpha * beta * x * slope * dzdy.sum(axis=2, keepdims=True)
    return dzdx


def vl_nnspnorm(x: Array, param: tuple[int, int, float, float], dzdy: Array | None = None) -> Array:
    """x (H, W, D, N), param (h, w, alpha, beta) -> x / (1 + alpha * mean of x^2 in an h by w window)^beta; or dzdx."""
    require_floats("vl_nnspnorm", x=x, dzdy=dzdy)
    height, width, alpha, beta = param
    top, left = (height - 1) // 2, (width - 1) // 2
    padding = ((top, height - 1 - top), (left, width - 1 - left))
    images = to_nchw(x)
    energy, cache = average_pool_forward(
        images * images, (height, width), stride=1, padding=padding, count_include_pad=False
    )
    base = 1 + alpha * energy
    if dzdy is None:
        return from_nchw(images * base**-beta)
    error = to_nchw(dzdy)
    through_base = average_pool_backward(error * images * base ** (-beta - 1), cache)
    return from_nchw(error * base**-beta - 2 * alpha * beta * images * through_base)


def _padding(pad: MatPadding) -> Padding:
    if not isinstance(pad, (tuple, list)):
        return pad
    if len(pad) != 4:
        raise ValueError(f"pad is {pad!r}; it must be one whole number, or (top, bottom, left, right)")
    return (pad[0], pad[1]), (pad[2], pad[3])
