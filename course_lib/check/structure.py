"""Results of several parts: tuples, lists and dicts are compared element by element, and the part is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course_lib.check.arrays import Unusable, to_array, to_parts
from course_lib.check.describe import bounded_repr, clip, is_array, is_tensor, kind, short, told_apart
from course_lib.check.findings import Finding, nothing_returned

Comparison = Callable[[Any, Any], Finding | None]


def compare_parts(got: Any, expected: Any, names: Sequence[str], compare: Comparison) -> Finding | None:
    """Apply `compare` to every part of `expected`; to the whole when it has no parts."""
    if isinstance(expected, Mapping):
        return _mappings(got, expected, compare)
    if has_parts(expected):
        return _sequences(got, expected, names, compare)
    return compare(got, expected)


def has_parts(value: Any) -> bool:
    """True for a tuple, and for a list of arrays; False for a list that is one array, such as [[1, 2], [3, 4]]."""
    if isinstance(value, tuple):
        return True
    if not isinstance(value, list) or not value:
        return False
    if any(is_array(part) or is_tensor(part) or isinstance(part, (tuple, Mapping)) for part in value):
        return True
    try:
        to_array(value)
    except Unusable:
        return True
    return False


def _sequences(got: Any, expected: Any, names: Sequence[str], compare: Comparison) -> Finding | None:
    size = len(expected)
    names = names or getattr(expected, "_fields", ())
    if got is None:
        return nothing_returned(_parts_text(expected, names))
    parts = to_parts(got)
    if parts is None and size == 1 and _is_one_number(got):
        parts = [got]
    if parts is None:
        problem = f"The result should have {size} {_noun(size)}, but it is {kind(got)}."
        return Finding(problem, (("expected", _parts_text(expected, names)),), final=True)
    if len(parts) != size:
        return Finding(
            f"The result has {len(parts)} {_noun(len(parts))} instead of {size}.",
            (("got", _parts_text(got, ())), ("expected", _parts_text(expected, names))),
        )
    for position, (left, right) in enumerate(zip(parts, expected, strict=True)):
        finding = compare_parts(left, right, (), compare)
        if finding:
            name = f" ({names[position]})" if len(names) == size else ""
            return finding.within(f"output {position + 1} of {size}{name}")
    return None


def _noun(count: int) -> str:
    return "part" if count == 1 else "parts"


def _is_one_number(value: Any) -> bool:
    try:
        return to_array(value).ndim == 0
    except Unusable:
        return False


def _mappings(got: Any, expected: Mapping[Any, Any], compare: Comparison) -> Finding | None:
    if got is None:
        return nothing_returned(kind(expected))
    if not isinstance(got, Mapping):
        return Finding("The result should be a dict.", told_apart(got, expected, kind, short), final=True)
    if finding := keys_differ(got, expected):
        return finding
    for key, right in expected.items():
        finding = compare_parts(got[key], right, (), compare)
        if finding:
            return finding.within(f"key {bounded_repr(key, 40)}")
    return None


def keys_differ(got: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Finding | None:
    """None when two dicts have the same keys, in whatever order."""
    absent = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    facts = [("missing keys", _keys(absent))] if absent else []
    facts += [("unexpected keys", _keys(extra))] if extra else []
    return Finding("The keys of the dict differ.", tuple(facts)) if facts else None


def _keys(keys: list[Any]) -> str:
    return clip(", ".join(bounded_repr(key, 30) for key in keys[:6]) + (", …" if len(keys) > 6 else ""))


def _parts_text(values: Any, names: Sequence[str]) -> str:
    listed = f" ({', '.join(names)})" if names and len(names) == len(values) else ""
    return clip(f"{kind(values)}{listed}")
