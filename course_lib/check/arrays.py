"""Whatever a student returns, as a plain NumPy array, or a sentence that says why it is none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.describe import bounded_repr, clip, is_tensor, kind, type_name

Array = NDArray[Any]


class Unusable(Exception):
    """The value cannot be compared as numbers; the text says why, as a sentence that begins with "it"."""


def to_array(value: Any, *, sequences: bool = False, wanted: str = "an array") -> Array:
    """A plain array (subclasses stripped) of numbers or truth values.

    Lists and tuples are taken only with `sequences`. Raises Unusable, with `wanted` in its sentence, otherwise.
    """
    array = _convert(value, sequences, wanted)
    if array.dtype.kind == "O":
        raise Unusable("it is an array of Python objects (dtype object), not of numbers.")
    if array.dtype.kind not in "biufc":
        raise Unusable(f"it holds values of dtype {clip(str(array.dtype), 40)}, not numbers.")
    return array


def _convert(value: Any, sequences: bool, wanted: str) -> Array:
    if isinstance(value, np.ma.MaskedArray):
        raise Unusable("it is a masked array, not a plain one.")
    if isinstance(value, (np.ndarray, np.generic)) or type(value) in (bool, float, complex):
        return np.asarray(value)
    if type(value) is int:
        return _from_int(value)
    if is_tensor(value):
        return _from_tensor(value)
    if isinstance(value, (list, tuple)):
        return _from_sequence(value, sequences, wanted)
    if not _has_array_method(value):
        raise Unusable(f"it is {_what(value)}, not {wanted}.{_advice(value)}")
    try:
        return np.asarray(value)
    except Exception as error:
        raise Unusable(f"it is {kind(value)} that does not become an array ({_reason(error)}).") from None


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
        plain = tensor.detach().to_dense().resolve_conj().resolve_neg().cpu()
        return np.asarray(plain.float().numpy() if "bfloat16" in str(plain.dtype) else plain.numpy())
    except Exception as error:
        raise Unusable(f"it is a tensor that does not become an array ({_reason(error)}).") from None


def _from_sequence(value: list[Any] | tuple[Any, ...], allowed: bool, wanted: str) -> Array:
    if not allowed:
        advice = ""
        if isinstance(value, tuple) and len(value) == 1:
            advice = " Is there a comma too many after `return`?"
        elif isinstance(value, list) and wanted == "an array":
            advice = " Return np.array(...)."
        raise Unusable(f"it is {kind(value)}, not {wanted}.{advice}")
    try:
        return np.asarray(value)
    except Exception as error:
        reason = "its rows differ in length" if "inhomogeneous" in str(error) else _reason(error)
        raise Unusable(f"it is {kind(value)} that does not become an array: {reason}.") from None


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
    return " Did you use `yield` instead of `return`?" if type_name(value) == "generator" else ""


def _reason(error: Exception) -> str:
    try:
        return clip(f"{type_name(error)}: {error}", 100)
    except Exception:
        return type_name(error)
