"""What a download held: the files that are taken, whose they are, and what is said of the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.exchange.archive import Entry
from grader.exchange.notebook_names import attempt
from grader.exchange.platforms import Owner
from grader.exchange.roster import Student


@dataclass
class Collected:
    """What a download held.

    Attributes:
        new: students whose first submission this is.
        replaced: students whose earlier submission was another one, and where that one is kept.
        unchanged: students who had handed in the same file already.
        late: students whom the platform marks as late.
        older: files that a later one of the same student replaces.
        unmatched: files that were not taken, with the reason.
        renamed: files that are taken although they are not called like the assignment.
        stand_ins: ids for students whom the platform hides.
        teams: students to whom the work of a group was given, by the name of the group.
        missing: students of the class list, or else of the gradebook, who have handed in nothing.
        doubts: marks of lateness that the times contradict, or that have no time.
        advice: what would have served better, in a sentence each.
    """

    assignment: str
    new: list[str] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    unmatched: dict[str, str] = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    teams: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Upload:
    """One file of a download, and the student whose it is; `team` has the ids of all whose it is, for a group's."""

    entry: Entry
    owner: Owner
    student: Student
    team: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[Any, ...]:
        """A later one is larger."""
        inside = next((part for part in self.entry.path.parts[:-1] if part.lower().endswith(".zip")), "")
        return self.owner.attempt, attempt(inside), attempt(self.owner.file), self.entry.modified
