"""Are two results exactly equal, in value and in type family? If not: where is the first difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_lib.check.arrays import Array, Unusable, to_array
from course_lib.check.compare import share_text
from course_lib.check.describe import bounded_repr, index_text, is_array, is_tensor, kind, shape_text, two_numbers
from course_lib.check.findings import AuthorError, Finding, nothing_returned
from course_lib.check.grid import side_by_side
from course_lib.check.patterns import notice
from course_lib.check.sameness import same, unequal
from course_lib.check.structure import keys_differ

_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("bool", (bool, np.bool_)),
    ("int", (int, np.integer)),
    ("float", (float, np.floating)),
    ("complex", (complex, np.complexfloating)),
    ("string", (str,)),
    ("bytes", (bytes, bytearray)),
    ("tuple", (tuple,)),
    ("list", (list,)),
    ("dict", (Mapping,)),
    ("set", (set, frozenset)),
)
_ARRAY_FAMILIES = {"b": "truth values", "i": "integers", "u": "integers", "f": "floats", "c": "complex numbers"}


def family(value: object) -> str:
    """The sort of a value: NumPy's integers count as int, but a bool is no int and 3.0 is no int."""
    if is_array(value) or is_tensor(value):
        return "array"
    for name, types in _FAMILIES:
        if isinstance(value, types):
            return name
    return "None" if value is None else type(value).__name__


def compare_exactly(got: Any, expected: Any) -> Finding | None:
    """None when `got` equals `expected`; arrays need the same shape, the same sort of dtype and equal elements."""
    if got is None and expected is not None:
        return nothing_returned(kind(expected))
    if family(got) != family(expected):
        problem = f"The result has the wrong type: {_sort(got)} instead of {_sort(expected)}."
        return Finding(problem, (("got", kind(got)), ("expected", kind(expected))))
    if family(expected) == "array":
        return _arrays(got, expected)
    if isinstance(expected, (tuple, list)):
        return _sequences(got, expected)
    if isinstance(expected, Mapping):
        return _mappings(got, expected)
    if isinstance(expected, str):
        return _strings(str(got), str(expected))
    return None if same(got, expected) else _differ(got, expected)


def _sort(value: object) -> str:
    name = family(value)
    return name if name == "None" else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _differ(got: Any, expected: Any) -> Finding:
    return Finding("The value is wrong.", (("got", bounded_repr(got)), ("expected", bounded_repr(expected))))


def _sequences(got: Any, expected: Any) -> Finding | None:
    facts = ("got", bounded_repr(got)), ("expected", bounded_repr(expected))
    name = family(expected)
    if len(got) != len(expected):
        return Finding(f"The {name} has length {len(got)} instead of {len(expected)}.", facts)
    for position, (left, right) in enumerate(zip(got, expected, strict=True)):
        finding = compare_exactly(left, right)
        if finding:
            place = f"{name}, position {position} of 0 to {len(expected) - 1}"
            whole = tuple((f"whole {label}", text) for label, text in facts)
            return Finding(f"{finding.within(place).problem}", finding.facts + whole, finding.grid, notes=finding.notes)
    return None


def _mappings(got: Any, expected: Mapping[Any, Any]) -> Finding | None:
    if finding := keys_differ(got, expected):
        return finding
    for key, right in expected.items():
        finding = compare_exactly(got[key], right)
        if finding:
            return finding.within(f"key {bounded_repr(key, 40)}")
    return None


def _strings(got: str, expected: str) -> Finding | None:
    if got == expected:
        return None
    facts = ("got", bounded_repr(got)), ("expected", bounded_repr(expected))
    if got.strip().lower() == expected.strip().lower():
        return Finding("The string differs only in spaces or capital letters.", facts)
    same = next(
        (i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b), min(len(got), len(expected))
    )
    return Finding(f"The string differs from character {same} on (counted from 0).", facts)


def _arrays(got: Any, expected: Any) -> Finding | None:
    try:
        right = to_array(expected)
    except Unusable as problem:
        raise AuthorError(f"check.equal cannot compare with this expected array: {problem}") from None
    try:
        left = to_array(got)
    except Unusable as problem:
        return Finding(f"The result has the wrong type: {problem}", (("got", kind(got)), ("expected", kind(expected))))
    if left.shape != right.shape:
        facts = ("got", f"shape {shape_text(left.shape)}"), ("expected", f"shape {shape_text(right.shape)}")
        return Finding("The shapes differ.", facts, notes=notice(left, right))
    sorts = _ARRAY_FAMILIES[left.dtype.kind], _ARRAY_FAMILIES[right.dtype.kind]
    if sorts[0] != sorts[1]:
        facts = ("got", kind(got)), ("expected", kind(expected))
        return Finding(f"The dtype differs: the array holds {sorts[0]}, not {sorts[1]}.", facts)
    return _elements(left, right)


def _elements(left: Array, right: Array) -> Finding | None:
    wrong = unequal(left, right)
    if not wrong.any():
        return None
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    texts = two_numbers(left[first], right[first])
    facts = ("got there", texts[0]), ("expected there", texts[1])
    share = share_text(int(np.count_nonzero(wrong)), left.size)
    problem = f"{share} wrong, the first at index {index_text(first)}."
    return Finding(problem, facts, grid=side_by_side(left, right, wrong), notes=notice(left, right))
