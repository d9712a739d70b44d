"""How much of the picture a number has seen: receptive fields, followed from operation to operation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from course_lib.models.products import pair

_SAME = (
    "clone", "copy_", "_to_copy", "detach", "alias", "contiguous", "native_batch_norm", "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training", "_batch_norm_with_update", "native_dropout",
    "_prelu_kernel", "native_group_norm", "roll",
)  # fmt: skip
_REDUCTIONS = ("mean", "sum", "amax", "amin", "max", "min", "var", "std", "prod", "argmax")
_PARTS = ("split", "split_with_sizes", "unsafe_split", "chunk", "unsafe_chunk", "tensor_split")
_VIEWS = ("view", "_unsafe_view", "reshape", "_reshape_alias", "unsqueeze", "squeeze", "flatten")
_PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv")

Axes = frozenset[int]
ONE = Fraction(1)


@dataclass(frozen=True)
class Along:
    """What the numbers of a tensor have seen along one axis of the picture.

    Attributes:
        count: how many of them lie side by side.
        size: how far apart the outermost pixels are that one has seen, with both of them counted.
        jump: by how many pixels neighbors lie apart.
        seen: `size` where the map was last enlarged.
        grain: `jump` before the map was last enlarged, in steps of which `size` truly grows from `seen`; 0 if it never
            was.
        first: where that begins what the first number has seen; below 0, what lies beyond the border is padding.
    """

    count: int
    size: Fraction = ONE
    jump: Fraction = ONE
    seen: Fraction = ONE
    grain: Fraction = Fraction(0)
    first: Fraction = Fraction(0)

    @property
    def pixels(self) -> int:
        """The receptive field."""
        steps = (self.size - self.seen) // self.grain if self.grain else 0
        return math.ceil(self.seen + steps * self.grain if self.grain else self.size)

    def window(self, reach: Fraction, scale: Fraction, count: int, lead: Fraction = Fraction(0)) -> Along:
        """A window slides along the axis: it reaches `reach` neighbors further, and its steps are `scale` of them.

        The first one begins `lead` neighbors before the first.
        """
        first = self.first - lead * self.jump
        return replace(self, count=count, size=self.size + reach * self.jump, jump=self.jump * scale, first=first)

    def enlarged(self, reach: Fraction, scale: Fraction, count: int, lead: Fraction = Fraction(0)) -> Along:
        """Each number is spread over several, `scale` as far apart; `reach` and `lead` are counted in the new ones."""
        seen, jump = Fraction(self.pixels), self.jump * scale
        return Along(count, seen + reach * jump, jump, seen, self.jump, self.first - lead * jump)


@dataclass(frozen=True)
class Field:
    """What the numbers of one tensor have seen of the picture.

    Attributes:
        along: each axis of the picture.
        dims: which axes each dimension of the tensor runs through; a flattened map has them all in one dimension.
    """

    along: tuple[Along, ...]
    dims: tuple[Axes, ...]

    @classmethod
    def of_input(cls, shape: Sequence[int]) -> Field:
        """A picture (N, C, …): each number has seen its own pixel."""
        dims = tuple(frozenset({d - 2} if d >= 2 else ()) for d in range(len(shape)))
        return cls(tuple(Along(count) for count in shape[2:]), dims)

    def pixels(self) -> tuple[int, ...]:
        """The receptive field along each axis."""
        return tuple(axis.pixels for axis in self.along)

    def window(self, axis: int, reach: Fraction, scale: Fraction, count: int, lead: Fraction = Fraction(0)) -> Field:
        """A window slides along one axis, over the map or, if it is enlarged (`scale` < 1), over what comes out."""
        along = list(self.along)
        before = along[axis]
        along[axis] = (before.enlarged if scale < 1 else before.window)(reach, scale, count, lead)
        return replace(self, along=tuple(along))

    def whole(self, axes: Iterable[int]) -> Field:
        """Everything that lies along some axes goes into each number."""
        field = self
        for axis in axes:
            field = field.window(axis, Fraction(self.along[axis].count - 1), ONE, 1)
        return replace(field, dims=tuple(dim - frozenset(axes) for dim in field.dims))


def follow(op: Any, name: str, args: tuple[Any, ...], fields: list[Field], out: Tensor) -> Field | None:
    """The field of what an operation puts out, from those of its operands; None if the operation is not known."""
    field = fields[0]
    if name == "convolution":
        return _convolution(field, args, out)
    if "pool" in name:
        return _pool(field, name, args, out)
    if name.startswith(("upsample_nearest", "upsample_bilinear")):
        return _resized(field, args[0], out, smooth="bilinear" in name)
    if "_pad" in name:
        return _padded(field, args, out)
    if name == "slice":
        return _slice(field, args, out)
    if name in ("permute", "transpose", "t"):
        return _permuted(field, name, args)
    if name in _VIEWS:
        return replace(field, dims=_regrouped(field.dims, args[0].shape, out.shape))
    if name in ("_softmax", "_log_softmax", *_REDUCTIONS):
        return _reduced(field, name, args, out)
    if name in _PRODUCTS:
        return _product(fields, name, args, out)
    if name == "native_layer_norm":
        return field
    if name in ("cat", "stack") or torch.Tag.pointwise in op.tags or name in _SAME or name in _PARTS:
        return _largest(fields, out) if name != "stack" else None
    if name == "index":
        return _indexed(field, args, out)
    if name in ("expand", "unbind", "select"):
        return _largest(fields, out) if out.ndim == len(field.dims) else None
    return None


def _convolution(field: Field, args: tuple[Any, ...], out: Tensor) -> Field:
    weight, transposed = args[1], args[6]
    axes = weight.ndim - 2
    each = zip(weight.shape[2:], pair(args[3], axes), pair(args[4], axes), pair(args[5], axes), strict=True)
    for number, (kernel, stride, padding, dilation) in enumerate(each):
        scale = Fraction(1, stride) if transposed else Fraction(stride)
        reach = Fraction((kernel - 1) * dilation)
        lead = reach - padding if transposed else Fraction(padding)
        field = _along(field, 2 + number - (weight.ndim - out.ndim), reach, scale, out, lead)
    return field


def _along(
    field: Field, dim: int, reach: Fraction, scale: Fraction, out: Tensor, lead: Fraction = Fraction(0)
) -> Field:
    """A window along one dimension of the tensor, if that runs through the picture."""
    axes = field.dims[dim]
    if len(axes) == 1:
        return field.window(next(iter(axes)), reach, scale, out.shape[dim], lead)
    return field.whole(axes) if reach else field


def _pool(field: Field, name: str, args: tuple[Any, ...], out: Tensor) -> Field:
    axes = int(name.partition("pool")[2][0])
    first = out.ndim - axes
    if "adaptive" in name:
        for dim in range(first, out.ndim):
            before, after = args[0].shape[dim], out.shape[dim]
            widest = max(-(-(i + 1) * before // after) - i * before // after for i in range(after))
            field = _along(field, dim, Fraction(widest - 1), Fraction(before, after), out)
        return field
    kernels = pair(args[1], axes)
    strides = pair(args[2], axes) if len(args) > 2 and args[2] else kernels
    paddings = pair(args[3], axes) if len(args) > 3 else (0,) * axes
    dilations = pair(args[4], axes) if "max" in name and len(args) > 4 else (1,) * axes
    each = zip(kernels, strides, paddings, dilations, strict=True)
    for number, (kernel, stride, padding, dilation) in enumerate(each):
        reach = Fraction((kernel - 1) * dilation)
        field = _along(field, first + number, reach, Fraction(stride), out, Fraction(padding))
    return field


def _resized(field: Field, x: Tensor, out: Tensor, smooth: bool) -> Field:
    """Each number is repeated; or else a line goes from each to the next, so that two go into what lies between."""
    for dim in range(2, out.ndim):
        scale = Fraction(x.shape[dim], out.shape[dim])
        spread = max(1 / scale, ONE)
        field = _along(field, dim, 2 * spread - 1 if smooth else spread - 1, scale, out)
    return field


def _slice(field: Field, args: tuple[Any, ...], out: Tensor) -> Field:
    dim, step = (args[1] if len(args) > 1 else 0) % out.ndim, (args[4] if len(args) > 4 else 1)
    start = args[2] if len(args) > 2 and args[2] is not None else 0
    skipped = start if start >= 0 else max(start + args[0].shape[dim], 0)
    return _along(field, dim, Fraction(0), Fraction(step), out, Fraction(-skipped))


def _padded(field: Field, args: tuple[Any, ...], out: Tensor) -> Field:
    """More numbers on both sides, the last dimension first; what they hold comes from nowhere, or from within."""
    for number, lead in enumerate(args[1][::2]):
        field = _along(field, out.ndim - 1 - number, Fraction(0), ONE, out, Fraction(lead))
    return field


def _indexed(field: Field, args: tuple[Any, ...], out: Tensor) -> Field | None:
    """Some channels of a map, by their numbers; some places of it are no map any more."""
    indexed = [dim for dim, index in enumerate(args[1]) if index is not None]
    return field if len(indexed) == 1 and not field.dims[indexed[0]] and out.ndim == len(field.dims) else None


def _permuted(field: Field, name: str, args: tuple[Any, ...]) -> Field:
    order = list(range(len(field.dims)))
    if name == "permute":
        order = [dim % len(order) for dim in args[1]]
    else:
        first, second = args[1:3] if name == "transpose" else (0, -1)
        order[first], order[second] = order[second], order[first]
    return replace(field, dims=tuple(field.dims[dim] for dim in order))


def _regrouped(dims: tuple[Axes, ...], before: Sequence[int], after: Sequence[int]) -> tuple[Axes, ...]:
    """Dimensions that are put together, or taken apart, share their axes."""
    result: list[Axes] = []
    i = j = 0
    while i < len(before) or j < len(after):
        if i < len(before) and j < len(after) and before[i] == after[j]:
            result, i, j = [*result, dims[i]], i + 1, j + 1
            continue
        axes, left, right, first = frozenset[int](), 1, 1, j
        while True:  # the shortest runs of dimensions on both sides that hold as many numbers
            if left <= right and i < len(before):
                left, axes, i = left * before[i], axes | dims[i], i + 1
            elif j < len(after):
                right, j = right * after[j], j + 1
            else:
                break
            if left == right:
                break
        result += [axes] * (j - first)
        if left != right and i >= len(before) and j >= len(after):
            break
    return tuple(result[: len(after)]) + (frozenset[int](),) * (len(after) - len(result))


def _reduced(field: Field, name: str, args: tuple[Any, ...], out: Tensor) -> Field:
    given = args[1] if len(args) > 1 and args[1] is not None and args[1] != [] else range(len(field.dims))
    dims = [given] if isinstance(given, int) else list(given)
    reduced = {dim % len(field.dims) for dim in dims}
    united = field.whole(frozenset[int]().union(*(field.dims[dim] for dim in reduced)))
    if out.ndim == len(field.dims):
        return united
    return replace(united, dims=tuple(axes for dim, axes in enumerate(united.dims) if dim not in reduced))


def _product(fields: list[Field], name: str, args: tuple[Any, ...], out: Tensor) -> Field | None:
    """What the sum runs over goes into each number of a product of matrices."""
    if len(fields) > 1:  # such as queries times keys: each number may hang on everything
        whole = [field.whole(range(len(field.along))) for field in fields]
        return replace(max(whole, key=Field.pixels), dims=(frozenset[int](),) * out.ndim)
    field = fields[0]
    if name not in ("mm", "addmm") or len(field.dims) != 2:
        return replace(field.whole(range(len(field.along))), dims=(frozenset[int](),) * out.ndim)
    left = args[1 if name == "addmm" else 0].shape[0] == out.shape[0]
    united = field.whole(field.dims[1])
    return replace(united, dims=(united.dims[0], frozenset[int]())) if left else None


def _largest(fields: list[Field], out: Tensor) -> Field | None:
    """Of several branches the one that has seen most, along each axis."""
    alike = [field for field in fields if len(field.dims) == out.ndim]
    if not alike:
        return None
    axes = zip(*(field.along for field in fields), strict=True)
    return replace(alike[0], along=tuple(max(axis, key=lambda along: (along.pixels, along.count)) for axis in axes))
