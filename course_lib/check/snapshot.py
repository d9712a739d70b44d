"""Copies of arguments, and what changed in them since."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib.check.arrays import Unusable, to_array
from course_lib.check.describe import index_text, is_array, is_tensor, kind, shape_text, short, told_apart, two_numbers
from course_lib.check.exact import same, unequal
from course_lib.check.findings import AuthorError

Change = tuple[tuple[str, str], ...]
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, frozenset, np.generic)


def snapshot(value: Any, name: str) -> Any:
    """A deep copy that later changes of `value` cannot reach. Raises AuthorError when it cannot be copied."""
    if isinstance(value, _IMMUTABLE):
        return value
    if is_array(value):
        return np.array(value)
    if is_tensor(value):
        return value.detach().clone()
    if isinstance(value, (list, tuple)):
        return [snapshot(part, name) for part in value]
    if isinstance(value, dict):
        return {key: snapshot(part, name) for key, part in value.items()}
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise AuthorError(f"check.unchanged cannot copy {name}, {kind(value)}: {error}") from error


def copy_of(value: Any, name: str) -> str:
    """The code that copies `value` with all that is in it."""
    if is_tensor(value):
        return f"{name}.clone()"
    if not (is_array(value) or isinstance(value, (list, dict, set))):
        return f"copy.deepcopy({name})"
    parts = () if is_array(value) else value.values() if isinstance(value, dict) else value
    return f"{name}.copy()" if all(isinstance(part, _IMMUTABLE) for part in parts) else f"copy.deepcopy({name})"


def first_change(before: Any, now: Any, place: str) -> Change:
    """Labeled lines about the first change in `now`, or nothing."""
    return next(_changes(before, now, place), ())


def _changes(before: Any, now: Any, place: str) -> Iterator[Change]:
    if is_array(before) or is_tensor(before):
        yield from _array_changes(before, now, place)
    elif isinstance(before, list) and isinstance(now, (list, tuple)):
        if len(before) != len(now):
            yield (("what changed", f"the length of {place}"), ("before", str(len(before))), ("after", str(len(now))))
        for position, (old, new) in enumerate(zip(before, now, strict=False)):
            yield from _changes(old, new, f"{place}[{position}]")
    elif isinstance(before, dict) and isinstance(now, dict):
        if list(before) != list(now):
            yield (
                ("what changed", f"the keys of {place}"),
                *told_apart(list(before), list(now), short, kind, labels=("before", "after")),
            )
        for key in before.keys() & now.keys():
            yield from _changes(before[key], now[key], f"{place}[{key!r}]")
    elif not same(now, before):
        yield (("what changed", place), *told_apart(before, now, short, kind, labels=("before", "after")))


def _array_changes(before: Any, now: Any, place: str) -> Iterator[Change]:
    if type(now) is not type(before) and not (is_array(now) or is_tensor(now)):
        yield (("what changed", f"the type of {place}"), *told_apart(before, now, kind, labels=("before", "after")))
        return
    if tuple(before.shape) != tuple(now.shape):
        shapes = shape_text(tuple(before.shape)), shape_text(tuple(now.shape))
        yield (("what changed", f"the shape of {place}"), ("before", shapes[0]), ("after", shapes[1]))
        return
    if before.dtype != now.dtype:
        yield (("what changed", f"the dtype of {place}"), ("before", str(before.dtype)), ("after", str(now.dtype)))
        return
    try:
        old, new = to_array(before), to_array(now)
    except Unusable:  # texts, dates or objects
        old, new = np.asarray(before), np.asarray(now)
    different = unequal(old, new)
    if different.any():
        first = tuple(int(i) for i in np.argwhere(different)[0])
        count = int(np.count_nonzero(different))
        numbers = old.dtype.kind in "biufc"
        texts = two_numbers(old[first], new[first]) if numbers else (short(old[first]), short(new[first]))
        yield (
            ("what changed", f"{count} of {old.size} elements, the first at {place}{index_text(first)}"),
            *zip(("before", "after"), texts, strict=True),
        )
