"""What was wrong with a submission: what was repaired, in words for its student, and what cannot be repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NAMED = 6
"""So many cells are called by name in one sentence."""


class Damaged(Exception):
    """A submission that cannot be graded; the message says why, in half a sentence."""


@dataclass(frozen=True)
class Kind:
    """A kind of repair, told of one cell and of several; `{n}` and `{names}` are filled in."""

    one: str
    many: str


def _told(one: str, many: str) -> Kind:
    return Kind(f"One {one} ({{names}}).", f"{{n}} {many} ({{names}}).")


LOST_TEST = _told("test cell was missing and was put back", "test cells were missing and were put back")
LOST_GIVEN = _told("given cell was missing and was put back", "given cells were missing and were put back")
LOST_WRITTEN = _told(
    "written answer was missing; its empty cell was put back",
    "written answers were missing; their empty cells were put back",
)
DOUBTFUL_WRITTEN = _told(
    "written answer was missing; what stood at its place is in its cell, for a person to read",
    "written answers were missing; what stood at their places is in their cells, for a person to read",
)
LOST_ANSWER = _told(
    "answer cell is missing from the notebook; its tests fail",
    "answer cells are missing from the notebook; their tests fail",
)
EDITED_TEST = _told(
    "test cell was not as it was handed out and was restored",
    "test cells were not as they were handed out and were restored",
)
EDITED_GIVEN = _told(
    "given cell was not as it was handed out and was restored",
    "given cells were not as they were handed out and were restored",
)
RETYPED = _told(
    "cell had been turned into another type and got its own back",
    "cells had been turned into another type and got their own back",
)
COPY = _told("cell was there twice; the copy was left out", "cells were there twice; the copies were left out")
VERSIONS = _told(
    "answer was there in several versions; all were run, and the last one counts",
    "answers were there in several versions; all were run, and the last of each counts",
)
SPLIT = _told(
    "answer was split into several cells and was joined again",
    "answers were split into several cells and were joined again",
)
MOVED = _told("cell was moved and is back in its place", "cells were moved and are back in their places")
UNLABELLED = _told(
    "cell had lost its label and was recognized by its content",
    "cells had lost their labels and were recognized by their content",
)
CONFLICT = Kind(
    *["Version control had left conflict marks in the file; they concerned no answer and were resolved."] * 2
)
FORMAT = Kind(*["The notebook was in the older format {names} and was brought up to date."] * 2)
ENCODING = Kind(*["The file was saved in another encoding ({names}) and was read all the same."] * 2)
LINE_ENDS = Kind(*["The cells had the line ends of another system; they were changed."] * 2)
UNREADABLE_CELL = Kind("One cell could not be read and was left out.", "{n} cells could not be read and were left out.")
FILE_NAME = Kind(*["The file was called {names}; it was taken all the same."] * 2)

TOO_LARGE = _told(
    "file beside the notebook was too large and was left out",
    "files beside the notebook were too large together and were left out",
)
NO_FILE = _told(
    "thing beside the notebook is a link or no file and was left out",
    "things beside the notebook are links or no files and were left out",
)
FOREIGN_NAME = _told(
    "file beside the notebook has a name that is not UTF-8 and was left out",
    "files beside the notebook have names that are not UTF-8 and were left out",
)


@dataclass(frozen=True)
class Repair:
    """One kind of repair and the cells that it concerns, by grade_id and in order."""

    kind: Kind
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was done, for the student."""
        n = len(self.names)
        listed = ", ".join(self.names[:NAMED]) + (f" and {n - NAMED} more" if n > NAMED else "")
        number = NUMBERS[n].capitalize() if n < len(NUMBERS) else str(n)
        return (self.kind.one if n == 1 else self.kind.many).format(n=number, names=listed)


class Repairs:
    """The repairs of one submission, collected on the way."""

    def __init__(self) -> None:
        self._found: dict[Kind, list[str]] = {}

    def note(self, kind: Kind, name: str) -> None:
        """One more cell (or file) of this kind; the same one twice is one."""
        names = self._found.setdefault(kind, [])
        if name not in names:
            names.append(name)

    def extend(self, repairs: Iterable[Repair]) -> None:
        """Take over what was found before."""
        for repair in repairs:
            for name in repair.names:
                self.note(repair.kind, name)

    def list(self, order: Mapping[str, int]) -> tuple[Repair, ...]:
        """All of them, in the order in which they were found; the cells of each in the order of the assignment."""
        return tuple(
            Repair(kind, tuple(sorted(names, key=lambda name: order.get(name, 0))))
            for kind, names in self._found.items()
        )


def sentences(repairs: Iterable[Repair]) -> tuple[str, ...]:
    """What was done, one sentence for each kind."""
    return tuple(repair.sentence for repair in repairs)
