"""How many of something, in words."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """The number and the noun: "1 grade", "2 grades"."""
    return f"{n} {noun}" + ("" if n == 1 else "s")
