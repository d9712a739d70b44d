"""What the nets ask of their sizes."""

from __future__ import annotations

from collections.abc import Sequence


def require_counts(**sizes: Sequence[int]) -> None:
    """Each size is one or more whole numbers from 1. Raises ValueError."""
    for name, numbers in sizes.items():
        if not numbers or any(not isinstance(n, int) or isinstance(n, bool) or n < 1 for n in numbers):
            raise ValueError(f"{name} is {tuple(numbers)}: sizes are whole numbers, at least 1")
