"""Read old pickles of numbers without running what else may stand in them."""

from __future__ import annotations

import io
import pickle
from typing import Any

from course_lib.errors import CourseError

_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),
    ("_codecs", "encode"),  # how protocol 2 writes bytes
}


class _Numbers(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def loads(content: bytes, what: str) -> Any:
    """Unpickle bytes, text, lists, dictionaries and arrays of numbers, and nothing else.

    A pickle may run any program while it is read. This one can name only what makes an array.

    Raises:
        CourseError: it is no pickle, or it holds something else; `what` is named in the sentence.
    """
    try:
        value = _Numbers(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # a damaged pickle raises nearly anything
        raise CourseError(f"{what} is not a pickle of plain numbers and text: {error}.") from error
    if _holds_objects(value):
        raise CourseError(f"{what} is not a pickle of plain numbers and text: an array in it holds objects.")
    return value


def _holds_objects(value: Any) -> bool:
    import numpy as np

    if isinstance(value, dict):
        return any(map(_holds_objects, value.values()))
    if isinstance(value, list | tuple):
        return any(_holds_objects(part) for part in value if isinstance(part, dict | list | tuple | np.ndarray))
    return isinstance(value, np.ndarray) and value.dtype.hasobject
