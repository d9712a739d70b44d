"""What a failed check found, as data: the tables decide how it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["passed", "failed", "not answered"]


class AuthorError(ValueError):
    """The test itself is written wrongly. No case swallows it: the author must see it."""


@dataclass(frozen=True)
class Call:
    """The failing expression as its author wrote it, and one short description for each name in it."""

    text: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """Two small arrays as text, to be printed side by side. Wrong cells are True in `wrong`."""

    left: tuple[tuple[str, ...], ...]
    right: tuple[tuple[str, ...], ...]
    wrong: tuple[tuple[bool, ...], ...]
    row_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One failure. `facts` are (label, text) lines in the order in which they are shown."""

    problem: str
    facts: tuple[tuple[str, str], ...] = ()
    grid: Grid | None = None
    labels: tuple[str, str] = ("got", "expected")
    notes: tuple[str, ...] = ()
    call: Call | None = None
    code: tuple[str, ...] = ()  # the student's lines where an exception was raised
    mistake: str | None = None
    hint: str | None = None
    verdict: Verdict = "failed"
    final: bool = False  # None, or nothing to compare: a hint explains wrong values and shapes, not this

    def within(self, place: str) -> Finding:
        """The same finding about one part of the result, e.g. "output 2 of 3 (dw)"."""
        return replace(self, problem=f"{place[:1].upper()}{place[1:]}: {self.problem}")


def nothing_returned(expected: str) -> Finding:
    """The finding for a result of None; `expected` says in words what should have come."""
    facts = (("got", "None"), ("expected", expected)) if expected != "None" else ()
    return Finding("The result is None: did you forget `return`?", facts, final=True)
