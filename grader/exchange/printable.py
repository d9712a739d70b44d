"""Names and texts that come from outside, as they may be shown in a terminal or a log."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with an escape (`\\x1b`) for each character that could repaint a terminal or cannot be written."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
