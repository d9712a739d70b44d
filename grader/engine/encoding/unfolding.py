"""What unfolds: values of few bytes that stand for many items, a range for one. What one message unfolds to is bounded.

It holds for what the student's process sends. A test may pass on what it likes.
"""

from __future__ import annotations

MOST_UNFOLDED = 1 << 24
"""Items that the values of one message may stand for beside those that it holds."""

MOST_EXPONENT = 150_000
"""Of a decimal number: as an integer it has about as many digits as the longest integer that is sent."""

NAMED_TUPLE = 1 << 10
"""A class of its own for a tuple counts as so many items."""


class Unfolding:
    """Counts the items that one message stands for.

    Args:
        most: so many are allowed; None for any number.
    """

    def __init__(self, most: int | None = None) -> None:
        self._left = most

    def takes(self, count: int) -> bool:
        """Whether so many items more are allowed; if so, they are counted."""
        if self._left is None:
            return True
        if count > self._left:
            return False
        self._left -= count
        return True


def length(items: range) -> int:
    """The number of items, where `len` fails for more than fit into a machine's word."""
    return max(0, (items.stop - items.start + items.step - (1 if items.step > 0 else -1)) // items.step)
