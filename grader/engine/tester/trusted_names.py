"""Names that come from the student's process, looked up among what the tester has imported itself.

A name is only ever looked up; nothing is called, and modules outside ALLOWED are not given out, since a test may call
what it gets: a submission that answers with `os.system` must not have it run here.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

ALLOWED = ("numpy", "scipy", "torch", "matplotlib", "pandas", "sklearn", "math", "cmath", "statistics", "random")
ALLOWED_EXACT = ("itertools", "collections", "string", "time", "datetime", "fractions", "decimal", "re")

# One maps files. Of the others' instances NumPy's assertions skip what is masked: anything equals them.
_REFUSED_CLASSES = ("numpy.memmap", "numpy.ma.")
# An exception of these ends or skips a test, or is one of ours.
_FORBIDDEN_PACKAGES = (
    "course_lib",
    "grader",
    "IPython",
    "ipykernel",
    "traitlets",
    "bdb",
    "_pytest",
    "pytest",
    "unittest",
)
_DATA = (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, type(None))
_NAMELESS = {
    "function": types.FunctionType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "method": types.MethodType,
    "generator": types.GeneratorType,
    "code": types.CodeType,
    "coroutine": types.CoroutineType,
}


def module(name: str) -> types.ModuleType | None:
    """The tester's own module of this name, or None if it is not to be given out."""
    if name.partition(".")[0] not in ALLOWED and name not in ALLOWED_EXACT:
        return None
    found = sys.modules.get(name)
    if found is None and "." not in name:
        try:
            found = importlib.import_module(name)
        except ImportError:
            return None
    return found


def class_of(names: list[str]) -> type | None:
    """The tester's own class for the first of these names that it knows. Types of data are no classes of objects."""
    for name in names:
        found = _class(name)
        if found is not None and found is not object and not _is_data(found):
            return found
    return None


def data_class_of(names: list[str]) -> type | None:
    """The type of data of the first of these names that is one: objects of a class below it travel by value."""
    return next((found for found in map(_class, names) if found is not None and _is_data(found)), None)


def known_class(name: str) -> type | None:
    """The tester's own class of this name, to be compared with; None where it has none."""
    return _class(name)


def own_class(name: str) -> type | None:
    """The tester's own class of this name where a test may use it in place of the student's: built-in, NumPy, torch."""
    found = _class(name)
    if found is None or found is type or found is object:
        return None
    if name.startswith(_REFUSED_CLASSES):
        return None
    return found if name.startswith(("builtins.", "numpy.", "torch.nn.modules.")) else None


def exception(name: str) -> type[BaseException] | None:
    """The tester's own exception class of this name."""
    found = _class(name)
    if found is None or not issubclass(found, BaseException):
        return None
    return None if name.partition(".")[0] in _FORBIDDEN_PACKAGES else found


def _class(name: str) -> type | None:
    """A class that some imported module really has under this name; no attribute is computed on the way."""
    parts = name.split(".")
    if parts[0] == "builtins" and len(parts) == 2 and parts[1] in _NAMELESS:
        return _NAMELESS[parts[1]]
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if type(found) is types.ModuleType or isinstance(found, types.ModuleType):
            if parts[0] == "__main__":
                return None
            for part in parts[cut:]:
                found = vars(found).get(part) if isinstance(found, types.ModuleType | type) else None
            if isinstance(found, type) and f"{found.__module__}.{found.__qualname__}" == name:
                return found
            return None
    return None


def _is_data(found: type) -> bool:
    if issubclass(found, _DATA):
        return True
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and issubclass(found, numpy.ndarray | numpy.generic):
        return True
    return torch is not None and issubclass(found, torch.Tensor)
