"""Mutable values that a test has read of the submission: what the test does to them takes effect there.

Both ends number them in the order in which they travel, so a number means the same at either. The tester sees by its
snapshots what the test has changed, and tells the other end before the next operation. What student code changes ends
the sharing: a value that a test holds stays as it was read, or a submission could change it once it has seen what it is
compared with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from grader.engine.encoding.data_bases import MUTABLE
from grader.engine.snapshots import has_changed, snapshot

PARTS = frozenset(("name", "getattr"))
"""Operations that read a part of what the submission has, in place of computing something."""

MOST_BYTES = 16 << 20
"""What is shared is compared at each operation; beyond this size a part is a copy, as a result is."""


class SharedTable:
    """The values of one test cell.

    Attributes:
        values: by number.
        numbers: the numbers of the values, by id.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.numbers: dict[int, int] = {}
        self._before: list[Any] = []
        self._bytes = 0

    def __bool__(self) -> bool:
        """Is anything shared?"""
        return bool(self.values)

    def agree(self, most_bytes: int = MOST_BYTES) -> bool:
        """Take in what was appended to `values`; False, and it is left out again, if that is too much."""
        new = self.values[len(self._before) :]
        size = self._bytes + sum(map(_size, new))
        if size > most_bytes:
            self.drop_new()
            return False
        self._bytes = size
        for value in new:
            self.numbers[id(value)] = len(self._before)
            self._before.append(snapshot(value))
        return True

    def drop_new(self) -> None:
        """Leave out what was appended to `values`."""
        del self.values[len(self._before) :]

    def has_changes(self) -> bool:
        """Has this end changed something that the other does not know of?"""
        return any(has_changed(value, self._before[number]) for number, value in enumerate(self.values))

    def changes(self) -> list[int]:
        """The numbers of what this end has changed; the other counts as told."""
        changed = [n for n, value in enumerate(self.values) if has_changed(value, self._before[n])]
        self.note(changed)
        return changed

    def note_values(self, values: Iterable[Any]) -> None:
        """The same for values of which some are shared."""
        self.note([self.numbers[id(value)] for value in values if id(value) in self.numbers])

    def items(self) -> Iterator[tuple[Any, Any]]:
        """All values, each with its snapshot."""
        return zip(self.values, self._before, strict=True)

    def note(self, numbers: Sequence[int]) -> None:
        """Both ends know what these are now."""
        for number in numbers:
            self._before[number] = snapshot(self.values[number])


def _size(value: Any) -> int:
    """Bytes of a value; of a container without what its items take."""
    if isinstance(value, MUTABLE):  # a class of its own is not asked
        return sys.getsizeof(value)
    return int(getattr(value, "nbytes", 0)) or sys.getsizeof(value)
