"""What a test insists on, its exercise's text says; what a vacuous answer may earn has its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grader.authoring.allowances import allowances, insistence
from grader.authoring.source import Cell, Problem, Source


def written_right(source: Source) -> Iterator[Problem]:
    """`:insists_on:` and `:may_earn:` are written as the proof reads them."""
    readers: tuple[Callable[[Cell], object], ...] = (insistence, allowances)
    for cell in source.of_kind("tests"):
        for reader in readers:
            try:
                reader(cell)
            except ValueError as error:
                yield source.problem(cell, f"{cell.name}: {error}")


def said_in_the_text(source: Source) -> Iterator[Problem]:
    """The words of `:insists_on:` stand in the text of their exercise, so that the student can know."""
    if any(written_right(source)):
        return
    text = ""
    for cell in source.cells:
        if cell.kind == "text":
            text += f"\n{cell.source}"
        elif cell.kind == "tests":
            insists = insistence(cell)
            if insists and _words(insists.says) not in _words(text):
                message = f"no text of the exercise {cell.name} says {insists.says!r}: write it there."
                yield source.problem(cell, message)
            text = ""


def _words(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())
