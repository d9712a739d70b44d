"""What Moodle's grading worksheet and Canvas's gradebook have in common: a line per student, and a column to fill."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Platform = Literal["Moodle", "Canvas"]


@dataclass(frozen=True)
class Line:
    """What a file of the platform says about one student.

    Attributes:
        row: its place in the file.
        number: the platform's number: of the participant in Moodle, of the user in Canvas.
        name: '' where the platform hides it.
        keys: whatever else names one person: addresses, logins, numbers of the institution; in lower case.
        closed: why its grade is to stay as it is; '' where it may be filled.
    """

    row: int
    number: str
    name: str = ""
    keys: frozenset[str] = frozenset()
    closed: str = ""

    @property
    def shown(self) -> str:
        """Its name, or its number where there is none."""
        return self.name or self.number


@dataclass(frozen=True)
class LmsList:
    """The lines of a file, and where its grades stand.

    Attributes:
        maximum: the most that the platform gives for the assignment.
        comments: the column of comments; None where there is none.
        decimal_comma: whether the file writes 1,5 for one and a half.
        hidden: what stands before the number where names are hidden, as "Participant" does.
    """

    platform: Platform
    lines: list[Line]
    grade: int
    maximum: float
    comments: int | None = None
    decimal_comma: bool = False
    hidden: str = ""


def number_in(text: str) -> float | None:
    """A number as platforms write it, with a point or a comma; None where it is none."""
    if not re.fullmatch(r"-?\d+(?:[.,]\d+)?", text):
        return None
    return float(text.replace(",", "."))
