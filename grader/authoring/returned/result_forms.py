"""The same numbers in the forms in which students return them. Where a form does not keep them, nothing changes.

This file needs nothing of the grader: proofs run its text in a student's process, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.authoring.returned.boundary import each, is_number, is_tensor, plain

Form = Callable[[Any], Any]


def _float32(value: Any) -> Any:
    """To the precision of float32; nothing that is too large or too small for it."""
    if is_tensor(value):
        return _kept(value, value.float()) if str(value.dtype) == "torch.float64" else value
    if isinstance(value, float) or (type(value) is np.ndarray and value.dtype == np.float64):
        with np.errstate(all="ignore"):
            new = value.astype(np.float32) if type(value) is np.ndarray else np.float32(value)
        return _kept(value, new)
    return value


def _kept(value: Any, new: Any) -> Any:
    same = np.allclose(np.asarray(new, np.float64), np.asarray(value), rtol=1e-6, atol=0, equal_nan=True)
    return new if same else value


def _floats(value: Any) -> Any:
    """Whole numbers as floats."""
    if is_tensor(value):
        whole = not value.is_floating_point() and str(value.dtype) != "torch.bool"
        return value.double() if whole and bool((value.double().to(value.dtype) == value).all()) else value
    if type(value) is np.ndarray:
        return _equal(value, value.astype(np.float64)) if value.dtype.kind in "iu" else value
    if (type(value) is int or isinstance(value, np.integer)) and abs(int(value)) <= 2**53:
        return float(value)
    return value


def _equal(value: Any, new: Any) -> Any:
    return new if np.array_equal(new.astype(value.dtype), value) else value


def _list(value: Any) -> Any:
    return list(value) if type(value) is tuple else value


def _tuple(value: Any) -> Any:
    return tuple(value) if type(value) is list else value


def _nested(kind: type) -> Form:
    """Lists or tuples all the way down, also in place of arrays and tensors."""

    def nested(value: Any) -> Any:
        if type(value) is dict:
            return {key: nested(part) for key, part in value.items()}
        if type(value) in (list, tuple):
            return kind(map(nested, value))
        array = None if is_number(value) else as_array(value)
        if array is None or array.ndim == 0 or (array.size == 0 and array.ndim > 1):
            return value  # a list of an empty array has lost its shape
        return nested(array.tolist())

    def changed(value: Any) -> Any:
        new = nested(value)
        return value if _same_types(new, value) else new

    return changed


def _same_types(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if type(one) is dict:
        return all(map(_same_types, one.values(), other.values()))
    return type(one) not in (list, tuple) or all(map(_same_types, one, other))


def _array(value: Any) -> Any:
    new = None if type(value) is np.ndarray else as_array(value)
    return value if new is None else new


def _one_array(value: Any) -> Any:
    """A list, or a tuple of parts of one shape, as np.array or np.stack make it."""
    new = as_array(value) if type(value) in (list, tuple) else None
    return value if new is None else new


def _tensor(value: Any) -> Any:
    array = None if is_tensor(value) else as_array(value)
    if array is None or array.dtype.name not in _IN_TORCH:
        return value
    import torch

    return torch.tensor(array.copy())


def _one_tensor(value: Any) -> Any:
    return _tensor(value) if type(value) in (list, tuple) else value


_IN_TORCH = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def _python_scalar(value: Any) -> Any:
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return value.item()
    return value.item() if (type(value) is np.ndarray or is_tensor(value)) and value.ndim == 0 else value


def _numpy_scalar(value: Any) -> Any:
    if is_tensor(value) and value.ndim == 0:
        array = as_array(value)
        return value if array is None else array[()]
    if type(value) is np.ndarray and value.ndim == 0:
        return value[()]
    array = as_array(value) if type(value) in (bool, int, float) else None
    return value if array is None else array[()]


def _one_element(value: Any) -> Any:
    array = as_array(value) if is_number(value) else None
    return value if array is None else array.reshape(1)


def _read_only(array: Any) -> Any:
    new = array.copy(order="K")
    new.setflags(write=False)
    return new


def _fortran_ordered(array: Any) -> Any:
    return array if array.flags.f_contiguous else np.asfortranarray(array)


def _every_second(array: Any) -> Any:
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.size > 1 else array


def _backwards(array: Any) -> Any:
    return array[..., ::-1].copy()[..., ::-1] if array.size > 1 else array


def _each_array(change: Callable[[Any], Any], least_axes: int = 1) -> Form:
    def leaf(value: Any) -> Any:
        return change(value) if type(value) is np.ndarray and value.ndim >= least_axes else value

    return _each(leaf)


def _each(change: Callable[[Any], Any]) -> Form:
    return lambda value: each(value, change)


def as_array(value: Any) -> Any:
    """The value as one array that is equal to it part by part; None if there is none."""
    if is_tensor(value):
        return value.numpy() if str(value.dtype).removeprefix("torch.") in _IN_TORCH else None
    if is_number(value):
        array = np.asarray(value)
        return array if array.dtype.kind in "biuf" else None
    if type(value) is np.ndarray:
        return value if value.dtype.kind in "biuf" else None
    if type(value) not in (list, tuple) or not value:
        return None
    parts = [as_array(part) for part in value]
    if any(part is None for part in parts) or len({(part.shape, part.dtype.kind == "b") for part in parts}) > 1:
        return None
    stacked = np.stack(parts)
    same = all(
        np.array_equal(one.astype(part.dtype), part, equal_nan=True) for one, part in zip(stacked, parts, strict=True)
    )
    return stacked if same else None


FORMS: dict[str, Form] = {
    "float32": _each(_float32),
    "float": _each(_floats),
    "list": _list,
    "tuple": _tuple,
    "nested lists": _nested(list),
    "nested tuples": _nested(tuple),
    "array": _each(_array),
    "one array": _one_array,
    "tensor": _each(_tensor),
    "one tensor": _one_tensor,
    "Python scalar": _each(_python_scalar),
    "NumPy scalar": _each(_numpy_scalar),
    "one-element array": _one_element,
    "read-only": _each_array(_read_only, 0),
    "Fortran-ordered": _each_array(_fortran_ordered),
    "non-contiguous": _each_array(_every_second),
    "backwards in memory": _each_array(_backwards),
}
"""By the names that authors read: in whole where a form is one of a whole result, else part by part."""


def turned(own: Any, form: str) -> Any:
    """A result in one form; the result itself if that does not keep it, or changes nothing."""
    if not plain(own):
        return own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FORMS[form](own)


class Returned:
    """Every result in one form."""

    def __init__(self, form: str) -> None:
        self._form = form

    def __call__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function, and turn what it returns."""
        return turned(function(*args, **kwargs), self._form)


class Differences:
    """Every result as it is; `forms` are those that would have made a difference to one of them."""

    def __init__(self) -> None:
        self._found: set[str] = set()

    @property
    def forms(self) -> list[str]:
        """In the order of `FORMS`."""
        return [form for form in FORMS if form in self._found]

    def __call__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function, and see what the forms would make of what it returns."""
        own = function(*args, **kwargs)
        self._found |= {form for form in FORMS if form not in self._found and turned(own, form) is not own}
        return own
