"""Are two results exactly equal in value, in whatever form? If not: where is the first difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.check.arrays import Array, Unusable, to_array, to_parts
from course_lib.check.compare import same_shape, share_text, wrong_type
from course_lib.check.describe import (
    bounded_repr,
    clip,
    index_text,
    is_array,
    is_tensor,
    kind,
    number,
    told_apart,
    two_numbers,
)
from course_lib.check.findings import Finding, nothing_returned
from course_lib.check.grid import side_by_side
from course_lib.check.patterns import notice
from course_lib.check.structure import keys_differ

_NUMBERS = (bool, int, float, complex, np.bool_, np.number)
_SORTS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "a string"),
    ((bytes, bytearray), "bytes"),
    ((set, frozenset), "a set"),
    (type(None), "None"),
)


def compare_exactly(got: Any, expected: Any) -> Finding | None:
    """None when `got` has the values of `expected`: the same numbers, texts and keys in the same order."""
    if got is None and expected is not None:
        return nothing_returned(kind(expected))
    if isinstance(expected, _NUMBERS) or is_array(expected) or is_tensor(expected):
        return _numbers(got, expected)
    if isinstance(expected, (tuple, list)):
        return _sequences(got, expected)
    if isinstance(expected, Mapping):
        return _mappings(got, expected)
    for types, name in _SORTS:
        if isinstance(expected, types) and not isinstance(got, types):
            return wrong_type(f"it is {kind(got)}, not {name}.", got, expected)
    if isinstance(expected, str):
        return _strings(str(got), str(expected))
    return None if same(got, expected) else _differ(got, expected)


def _differ(got: Any, expected: Any) -> Finding:
    return Finding("The value is wrong.", told_apart(got, expected, bounded_repr, kind))


def _numbers(got: Any, expected: Any) -> Finding | None:
    if type(got) is int and type(expected) is int:  # of any size
        return None if got == expected else _differ(got, expected)
    found = same_shape(got, expected, "check.equal")
    if isinstance(found, Finding):
        return found
    left, right = found
    return _elements(left, _as_exact_as(left, right))


def _as_exact_as(left: Array, right: Array) -> Array:
    """`right` rounded to the floats of `left` where those are coarser: 0.1 in float32 is right for 0.1."""
    if left.dtype.kind not in "fc" or right.dtype.kind not in "fc":
        return right
    sizes = [array.dtype.itemsize // (2 if array.dtype.kind == "c" else 1) for array in (left, right)]
    if sizes[0] >= sizes[1]:
        return right
    coarse = {2: "float16", 4: "complex64" if right.dtype.kind == "c" else "float32"}[sizes[0]]
    with np.errstate(all="ignore"):
        return right.astype(coarse)


def _elements(left: Array, right: Array) -> Finding | None:
    wrong = unequal(left, right)
    if not wrong.any():
        return None
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    texts = two_numbers(left[first], right[first])
    if left.ndim == 0:
        return Finding("The value is wrong.", (("got", texts[0]), ("expected", texts[1])))
    facts = ("got there", texts[0]), ("expected there", texts[1])
    share = share_text(int(np.count_nonzero(wrong)), left.size)
    problem = f"{share} wrong, the first at index {index_text(first)}."
    return Finding(problem, facts, grid=side_by_side(left, right, wrong), notes=notice(left, right))


def _sequences(got: Any, expected: Sequence[Any]) -> Finding | None:
    parts = to_parts(got)
    if parts is None and len(expected) == 1 and isinstance(got, _NUMBERS):
        parts = [got]
    if parts is None:
        return _no_sequence(got, expected)
    if len(parts) != len(expected):
        facts = told_apart(got, expected, bounded_repr, kind)
        return Finding(f"The result has length {len(parts)} instead of {len(expected)}.", facts)
    for position, (left, right) in enumerate(zip(parts, expected, strict=True)):
        finding = compare_exactly(left, right)
        if finding:
            whole = told_apart(got, expected, bounded_repr, labels=("whole got", "whole expected"))
            inner = tuple(fact for fact in finding.facts if not fact[0].startswith("whole"))
            return Finding(
                finding.within(f"at index {position}").problem,
                inner + whole,
                finding.grid,
                notes=finding.notes,
                final=finding.final,
            )
    return None


def _no_sequence(got: Any, expected: Sequence[Any]) -> Finding:
    try:
        array = to_array(got)
    except Unusable as problem:
        return wrong_type(problem, got, expected)
    what = kind(got) if array.ndim else f"one number, {number(array[()])}"
    return wrong_type(f"it is {what}, not {len(expected)} values.", got, expected)


def _mappings(got: Any, expected: Mapping[Any, Any]) -> Finding | None:
    if not isinstance(got, Mapping):
        return wrong_type(f"it is {kind(got)}, not a dict.", got, expected)
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
    place = next(
        (i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b), min(len(got), len(expected))
    )

    def around(text: str) -> str:
        return ("…" if place > 20 else "") + repr(text[max(0, place - 20) : place + 40])

    facts = told_apart(got, expected, bounded_repr, around)
    if clip(got.lower(), len(got) + 1) == clip(expected.lower(), len(expected) + 1):
        return Finding("The string differs only in spaces or capital letters.", facts)
    return Finding(f"The string differs from character {place} on (counted from 0).", facts)


def unequal(left: Array, right: Array) -> NDArray[np.bool_]:
    """Where two arrays of one shape hold different values."""
    return np.asarray(~((left == right) | ((left != left) & (right != right))))


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same; False where a student's object refuses the question."""
    try:
        return a is b or bool(b == a) or bool(b != b and a != a)
    except Exception:
        return False
