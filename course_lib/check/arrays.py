"""Whatever a student returns, as a plain NumPy array, or a sentence that says why it is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.describe import bounded_repr, clip, is_tensor, kind, type_name

Array = NDArray[Any]

MOST_AXES = 32
MOST_PARTS = 1_000_000  # an array of no elements can have 10**12 rows
MOST_DENSE = 100_000_000  # elements: a sparse matrix of a few bytes can have more than any memory holds
_PLAIN = {bool, int, float, complex, np.bool_, np.int64, np.float32, np.float64}
_LAZY = ("range", "map", "zip", "filter", "dict_keys", "dict_values", "dict_items", "enumerate", "reversed")


class Unusable(Exception):
    """The value cannot be compared as numbers; the text says why, as a sentence that begins with "it"."""


def to_array(value: Any, *, wanted: str = "an array") -> Array:
    """A plain array of numbers or truth values: of a number, an array, a tensor, a list or tuple, also nested.

    Subclasses, masks of nothing and sparse forms are stripped. Raises Unusable, with `wanted` in its sentence, for
    what does not convert without loss.
    """
    try:
        array = _convert(value, wanted, 0)
    except Unusable:
        raise
    except Exception as error:  # a student's object may refuse every question
        raise Unusable(f"it is {kind(value)} that does not become an array ({_reason(error)}).") from None
    if array.dtype.kind not in "biufc":
        raise Unusable(f"it holds values of dtype {clip(str(array.dtype), 40)}, not numbers.")
    return array


def one_shape(left: Array, right: Array) -> Array:
    """`left` with the shape of `right` where that means nothing: one element for one number, and a number for one."""
    if (right.ndim == 0 and left.size == 1) or (left.ndim == 0 and right.shape == (1,)):
        return left.reshape(right.shape)
    return left


def to_parts(value: Any) -> list[Any] | None:
    """The parts of a result of several: of a list or tuple its values, of an array or tensor what is along axis 0."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OUS" and value.ndim > 0:
        return list(np.asarray(value))
    if not (isinstance(value, np.ndarray) or is_tensor(value) or _is_sparse(value) or _has_array_method(value)):
        return None
    try:
        array = to_array(value)
    except Unusable:
        return None
    return list(array) if array.ndim and len(array) <= MOST_PARTS else None


def _convert(value: Any, wanted: str, depth: int) -> Array:
    if depth > MOST_AXES:
        raise Unusable("it is nested too deeply.")
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.getmaskarray(value).any():
            raise Unusable("it is a masked array, with elements that are missing.")
        return _as_numbers(np.asarray(value.data), depth)
    if isinstance(value, (np.ndarray, np.generic)) or type(value) in (bool, float, complex):
        return _as_numbers(np.asarray(value), depth)
    if isinstance(value, int):
        return _from_int(int.__int__(value))
    if isinstance(value, (float, complex, Fraction, Decimal)):
        return np.asarray(complex(value) if isinstance(value, complex) else float(value))
    if is_tensor(value):
        return _from_tensor(value)
    if isinstance(value, (list, tuple)):
        return _from_sequence(value, depth)
    if _is_sparse(value):
        return _from_sparse(value)
    if not _has_array_method(value):
        raise Unusable(f"it is {_what(value)}, not {wanted}.{_advice(value)}")
    return _as_numbers(np.asarray(value), depth)


def _as_numbers(array: Array, depth: int) -> Array:
    """Numbers beyond float64 in float64, and an array of Python objects as an array of numbers."""
    if array.dtype.kind == "O":
        return _from_objects(array, depth)
    if array.dtype.kind in "fc" and array.dtype.itemsize > (8 if array.dtype.kind == "f" else 16):
        return array.astype(np.float64 if array.dtype.kind == "f" else np.complex128)
    return array


def _from_objects(array: Array, depth: int) -> Array:
    try:
        numbers = [_convert(item, "a number", depth + 1) for item in array.ravel().tolist()]
    except Exception:
        numbers = [array]
    if any(number.ndim or number.dtype.kind not in "biufc" for number in numbers):
        raise Unusable("it is an array of Python objects (dtype object), not of numbers.") from None
    return np.asarray([number[()] for number in numbers]).reshape(array.shape)


def _from_int(value: int) -> Array:
    array = np.asarray(value)
    if array.dtype.kind != "O":
        return array
    try:
        return np.asarray(float(value))  # beyond 64 bits, which NumPy would keep as a Python object
    except OverflowError:
        raise Unusable("it is an integer too large for a float.") from None


def _from_tensor(tensor: Any) -> Array:
    try:
        plain = tensor.detach()
        if plain.numel() > MOST_DENSE and str(plain.layout) != "torch.strided":
            raise Unusable("it is a sparse tensor with too many elements.")
        plain = (plain.dequantize() if plain.is_quantized else plain.to_dense()).resolve_conj().resolve_neg().cpu()
        known = plain.dtype.is_complex or not plain.dtype.is_floating_point or plain.dtype.itemsize in (4, 8)
        return np.asarray(plain.numpy() if known else plain.float().numpy())  # NumPy has no bfloat16
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(f"it is a tensor that does not become an array ({_reason(error)}).") from None


def _from_sequence(value: Sequence[Any], depth: int) -> Array:
    if set(map(type, value)) <= _PLAIN:
        return _as_numbers(np.asarray(value), depth)
    parts = []
    for position, part in enumerate(value):
        try:
            parts.append(_convert(part, "a number", depth + 1))
        except Unusable as problem:
            if depth:
                raise
            start = f"it is {kind(value)} that does not become an array: at position {position}, "
            raise Unusable(f"{start}{problem}") from None
    if any(part.shape != parts[0].shape for part in parts):
        raise Unusable(f"it is {kind(value)} that does not become an array: its rows differ in length.")
    return np.stack(parts)


def _is_sparse(value: object) -> bool:
    """True for a sparse matrix or array of SciPy, which is never imported for the question."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(value))


def _from_sparse(value: Any) -> Array:
    if int(np.prod(value.shape, dtype=float)) > MOST_DENSE:
        raise Unusable("it is a sparse matrix with too many elements.")
    return np.asarray(value.toarray())


def _has_array_method(value: object) -> bool:
    try:
        return not isinstance(value, type) and hasattr(value, "__array__")
    except Exception:
        return False


def _what(value: object) -> str:
    text = kind(value)
    return f"{text}, {bounded_repr(value, 50)}" if text.startswith("an object") else text


def _advice(value: object) -> str:
    if type_name(value) in ("function", "method", "builtin_function_or_method"):
        return " Did you forget the brackets () of a call?"
    if type_name(value) in _LAZY:
        return " Make it a list: list(...)."
    return " Did you use `yield` instead of `return`?" if type_name(value) == "generator" else ""


def _reason(error: Exception) -> str:
    try:
        return clip(f"{type_name(error)}: {error}", 100)
    except Exception:
        return type_name(error)
