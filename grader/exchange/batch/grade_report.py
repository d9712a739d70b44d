"""What became of the submissions of a batch, and how it stands while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from grader.engine.isolation import Isolation
from grader.exchange.batch.journal import Entry
from grader.exchange.batch.worker import Failure

Outcome = Literal["graded", "recomputed", "unchanged", "not graded"]


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    Attributes:
        outcome: `unchanged` means that it was graded before, and nothing has changed that counts; `recomputed` that
            it was not run again, and its late penalty or the time of its submission is another one.
        reason: why it could not be graded, in half a sentence ('' otherwise).
        failure: whether its file is damaged or grading it crashed.
        repairs: what was repaired, in sentences.
        notes: what happened at single cells.
        stopped, died: cells that ran too long, that ended their process.
        isolation: how it was kept apart from the machine while it ran.
    """

    student: str
    outcome: Outcome
    reason: str = ""
    failure: Failure = ""
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    died: tuple[str, ...] = ()
    isolation: Isolation = Isolation.SANDBOX


def result_of(student: str, outcome: Outcome, entry: Entry) -> Graded:
    """The report on a graded submission, as its journal entry has it."""
    return Graded(
        student,
        outcome,
        repairs=entry.repairs,
        notes=entry.notes,
        stopped=entry.stopped,
        died=entry.died,
        isolation=entry.isolation,
    )


def combined(parts: Sequence[Graded]) -> Graded:
    """What became of a student's notebooks of one assignment, as one result: the worst outcome counts."""
    if len(parts) == 1:
        return parts[0]
    worst = min(parts, key=lambda part: ("not graded", "graded", "recomputed", "unchanged").index(part.outcome))
    return replace(
        worst,
        repairs=tuple(dict.fromkeys(line for part in parts for line in part.repairs)),
        notes=tuple(dict.fromkeys(line for part in parts for line in part.notes)),
        stopped=tuple(cell for part in parts for cell in part.stopped),
        died=tuple(cell for part in parts for cell in part.died),
        isolation=Isolation.weakest(part.isolation for part in parts),
    )


@dataclass(frozen=True)
class GradeReport:
    """What became of all of them, and where the log is.

    Attributes:
        penalties: students whose late penalty is another one now, though their submission was not run again.
        times: students whose submission has another time now.
        late: seconds that a submission came late, by student.
    """

    assignment: str
    log: Path
    results: list[Graded] = field(default_factory=list)
    penalties: Sequence[str] = ()
    times: Sequence[str] = ()
    late: Mapping[str, float] = field(default_factory=dict)

    def of(self, outcome: Outcome) -> list[Graded]:
        """The submissions with this outcome."""
        return [result for result in self.results if result.outcome == outcome]

    @property
    def repaired(self) -> list[Graded]:
        """Those that were graded after a repair."""
        return [result for result in self.results if result.repairs]

    @property
    def damaged(self) -> list[Graded]:
        """Those that could not be graded because of their files."""
        return [result for result in self.results if result.failure == "damaged"]

    @property
    def crashed(self) -> list[Graded]:
        """Those in which a cell ended its process, or that could not be graded because grading them failed."""
        return [result for result in self.results if result.died or result.failure == "crashed"]

    @property
    def slow(self) -> list[Graded]:
        """Those in which a cell was stopped after its time."""
        return [result for result in self.results if result.stopped]

    def kept_apart_by(self, isolation: Isolation) -> list[Graded]:
        """Those that ran so."""
        return [result for result in self.results if result.isolation is isolation]


@dataclass(frozen=True)
class Standing:
    """How a batch stands.

    Attributes:
        student: the last one that was finished ('' at the beginning).
        total: how many submissions there are to look at.
        points: totals so far of those that were graded in this batch.
        most: points of the assignment.
    """

    student: str
    done: int
    total: int
    points: tuple[float, ...]
    most: float


Watch = Callable[[Standing], None]
"""Told at the beginning of a batch and after each submission."""
