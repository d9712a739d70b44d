"""What the layers ask of their arguments, and the sentences they answer with when it is not so."""

from __future__ import annotations

import operator
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array"]

Array = NDArray[Any]
Pair = tuple[int, int]
IntOrPair = int | tuple[int, int]
Padding = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def grouped_kernel(where: str, kernel_size: IntOrPair, groups: int, name: str, channels: int) -> Pair:
    """Height and width of a layer's kernels, whose `channels`, called `name`, divide into groups. Raises ValueError."""
    size = pair(where, "kernel size", kernel_size, 1)
    if channels % whole(where, "groups", groups, 1):
        raise ValueError(f"{where}: {name} is {channels}; it must divide into groups={groups}")
    return size


def require_floats(where: str, **arrays: Array | None) -> None:
    """All arrays are NumPy arrays of one dtype, float32 or float64. Raises TypeError and ValueError."""
    first: tuple[str, Any] | None = None
    for name, array in arrays.items():
        if array is None:
            continue
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{where}: {name} is a {type(array).__name__}; it must be a NumPy array")
        if array.dtype not in FLOATS:
            raise ValueError(
                f"{where}: {name} has shape {array.shape} and dtype {array.dtype}; it must hold floats, "
                f"float32 or float64: {name}.astype(np.float32)"
            )
        first = first or (name, array.dtype)
        if array.dtype != first[1]:
            raise ValueError(
                f"{where}: {name} has shape {array.shape} and dtype {array.dtype}, but {first[0]} is {first[1]}; "
                f"all arrays of one call must have one dtype"
            )


def require_axes(where: str, name: str, array: Array, axes: str) -> None:
    """The array has as many axes as `axes` names, such as "N C H W", and none of them is empty."""
    names = axes.split()
    if array.ndim != len(names):
        raise ValueError(
            f"{where}: {name} has shape {array.shape}, {array.ndim} axes; "
            f"it must have {len(names)}: ({', '.join(names)})"
        )
    if array.size == 0:
        raise ValueError(f"{where}: {name} has shape {array.shape}; no axis of ({', '.join(names)}) may be empty")


def require_shape(where: str, name: str, array: Array, shape: tuple[int, ...], rule: str) -> None:
    """The array has exactly this shape; `rule` says why."""
    if array.shape != shape:
        raise ValueError(f"{where}: {name} has shape {array.shape}; it must be {shape}, {rule}")


def require_labels(where: str, labels: Array, shape: tuple[int, ...], classes: int, ignore: int | None = None) -> None:
    """Labels are integers of this shape in 0 to classes - 1, apart from the ignored one."""
    if not isinstance(labels, np.ndarray):
        raise TypeError(f"{where}: labels is a {type(labels).__name__}; it must be a NumPy array")
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"{where}: labels has shape {labels.shape} and dtype {labels.dtype}; it must hold integers, "
            f"the index of the right class"
        )
    require_shape(where, "labels", labels, shape, "one label for each example (and position)")
    counted = labels if ignore is None else labels[labels != ignore]
    if counted.size and (counted.min() < 0 or counted.max() >= classes):
        raise ValueError(
            f"{where}: labels has shape {labels.shape} and values from {counted.min()} to {counted.max()}; "
            f"with {classes} classes they must lie in 0 to {classes - 1}"
        )


def whole(where: str, name: str, value: SupportsIndex, least: int) -> int:
    """The value as an int, at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{where}: {name} is {value!r}; it must be a whole number") from None
    if isinstance(value, bool) or number < least:
        raise ValueError(f"{where}: {name} is {value!r}; it must be a whole number of at least {least}")
    return number


def pair(where: str, name: str, value: IntOrPair, least: int) -> Pair:
    """One whole number for height and width, or a pair (height, width), each at least `least`."""
    if not isinstance(value, (tuple, list)):
        return (number := whole(where, name, value, least)), number
    if len(value) != 2:
        raise ValueError(f"{where}: {name} is {value!r}; it must be one whole number or a pair (height, width)")
    return whole(where, name, value[0], least), whole(where, name, value[1], least)


def padding_pairs(where: str, value: Padding) -> tuple[Pair, Pair]:
    """Padding as ((top, bottom), (left, right)); a number is all four, a pair is (height, width)."""
    if not isinstance(value, (tuple, list)):
        number = whole(where, "padding", value, 0)
        return (number, number), (number, number)
    if len(value) != 2:
        raise ValueError(
            f"{where}: padding is {value!r}; it must be one whole number, (height, width) "
            f"or ((top, bottom), (left, right))"
        )
    vertical, horizontal = value
    return pair(where, "padding", vertical, 0), pair(where, "padding", horizontal, 0)
