"""Python's own types of data whose subclasses travel as data with methods of their own."""

from __future__ import annotations

from collections.abc import Sequence

MUTABLE = (list, dict, set)
_BASES = (list, dict, set, frozenset, tuple, str, int, float, bytes)


def data_base(order: Sequence[type]) -> type | None:
    """The first of these types in the order of a class's bases; None where there is none."""
    return next((base for base in order if base in _BASES), None)
