"""Text as a terminal and JupyterLab show it: a progress bar that was written over and over stands there once."""

from __future__ import annotations


def as_shown(text: str) -> str:
    """The text with each line as it is after its carriage returns and backspaces."""
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(map(_line, text.replace("\r\n", "\n").split("\n")))


def _line(written: str) -> str:
    """One line: what comes after a carriage return is written over what stands there, character by character."""
    shown: list[str] = []
    for part in written.split("\r"):
        place = 0
        for run in part.split("\b"):
            shown[place : place + len(run)] = run
            place = max(0, place + len(run) - 1)
    return "".join(shown)
