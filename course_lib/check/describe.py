"""Any value in a few words. Never raises, never floods: student objects may lie, fail or be huge."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

LIMIT = 72
SMALL = 6


class _Bounded(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict, self.maxset = 3, 6, 6, 4, 4
        self.maxstring, self.maxother, self.maxlong = LIMIT, LIMIT, 24

    def repr_instance(self, x: Any, level: int) -> str:
        if is_array(x) or is_tensor(x):
            return short(x)
        if isinstance(x, np.generic):
            return number(x)
        return super().repr_instance(x, level)

    repr_ndarray = repr_instance


def is_tensor(value: object) -> bool:
    """True for a torch tensor. Torch is never imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, getattr(torch, "Tensor", ()))


def is_array(value: object) -> bool:
    """True for a NumPy array, scalars not included."""
    return isinstance(value, np.ndarray)


def clip(text: str, limit: int = LIMIT) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def type_name(value: object) -> str:
    """The name of a value's type, bounded."""
    return clip(str(type(value).__name__), 40)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it: (2, 3)."""
    return "(" + ", ".join(str(int(n)) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def index_text(index: tuple[int, ...]) -> str:
    """An index as Python writes it: [0, 2]."""
    return "[" + ", ".join(str(int(i)) for i in index) + "]"


def number(value: Any, digits: int = 6) -> str:
    """A number of any type with so many significant digits; integers and truth values as they are."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return clip(format(int(value), "d"), 40) if abs(int(value)) < 10**30 else f"{float(value):.6g}"
    if isinstance(value, (complex, np.complexfloating)):
        return format(complex(value), f".{digits}g")
    return format(float(value), f".{digits}g")


def two_numbers(left: Any, right: Any) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12, 17):
        texts = number(left, digits), number(right, digits)
        if texts[0] != texts[1]:
            break
    return texts


def told_apart(
    got: Any, expected: Any, *ways: Callable[[Any], str], labels: tuple[str, str] = ("got", "expected")
) -> tuple[tuple[str, str], ...]:
    """Both values as labeled facts, in the first of these ways in which their texts differ; none where all agree."""
    for way in ways:
        texts = way(got), way(expected)
        if texts[0] != texts[1]:
            return (labels[0], texts[0]), (labels[1], texts[1])
    return ()


def bounded_repr(value: object, limit: int = LIMIT) -> str:
    """`repr`, but bounded in work and length, and safe when it raises."""
    try:
        return clip(_Bounded().repr(value), limit)
    except Exception as error:
        return f"<{type_name(value)} whose repr raises {type_name(error)}>"


def short(value: Any) -> str:
    """A name's value for the list under a call: `float64 (2, 3, 5, 7)`; small things by value."""
    try:
        if is_array(value) or is_tensor(value):
            return _short_array(value)
        if isinstance(value, np.generic):
            return f"{number(value)} ({value.dtype.name})" if value.dtype.kind in "biufc" else bounded_repr(value)
        return bounded_repr(value)
    except Exception as error:
        return f"<{type_name(value)} that cannot be described: {type_name(error)}>"


def _short_array(value: Any) -> str:
    dtype, shape = str(value.dtype).removeprefix("torch."), tuple(value.shape)
    text = f"{dtype}{' tensor' if is_tensor(value) else ''} {shape_text(shape)}"
    if 0 < int(np.prod(shape)) <= SMALL and dtype[:3] in ("boo", "int", "uin", "flo"):
        text += " " + nested(value.tolist(), digits=4)
    return clip(text)


def nested(values: Any, digits: int = 6) -> str:
    """Nested lists of numbers as one text: [[1, 2], [3, 4]]."""
    if not isinstance(values, list):
        return number(values, digits)
    return "[" + ", ".join(nested(value, digits) for value in values) + "]"


def kind(value: Any) -> str:
    """A value's type and size for a sentence: `a float64 array of shape (2, 3)`, `a list of 3 values`."""
    try:
        if value is None or value is NotImplemented or value is Ellipsis:
            return str(value)
        if is_array(value) or is_tensor(value):
            dtype = str(value.dtype).removeprefix("torch.")
            noun = "tensor" if is_tensor(value) else "array"
            return f"{_article(dtype)} {dtype} {noun} of shape {shape_text(tuple(value.shape))}"
        if isinstance(value, np.generic):
            return f"one {value.dtype.name} number" if value.dtype.kind in "iufc" else f"one {value.dtype.name} value"
        if isinstance(value, (list, tuple, dict, set)):
            return f"a {type_name(value)} of {len(value)} {'value' if len(value) == 1 else 'values'}"
    except Exception:
        return f"an object of type {type_name(value)}"
    plain = {bool: "a bool", int: "an int", float: "a float", complex: "a complex number", str: "a string"}
    if type(value) in plain:
        return f"{plain[type(value)]} ({bounded_repr(value, 40)})"
    return f"an object of type {type_name(value)}"


def _article(word: str) -> str:
    return "an" if word[:1] in "aeio" else "a"
