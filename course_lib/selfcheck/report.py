"""What the run found, and how it is told to the student."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


class Verdict(StrEnum):
    """What became of one exercise, in the word that the student reads."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    OUT_OF_TIME = "out of time"
    NOT_STARTED = "not started"
    CHANGED = "test changed"
    RULED_OUT = "uses what is ruled out"
    MISSING = "test missing"
    BY_HAND = "graded by hand, answered"
    BY_HAND_UNANSWERED = "graded by hand, not answered"


_GOOD = (Verdict.PASSED, Verdict.BY_HAND, Verdict.BY_HAND_UNANSWERED)
_STYLES = {Verdict.PASSED: "green", Verdict.BY_HAND: "", Verdict.BY_HAND_UNANSWERED: "yellow"}


@dataclass(frozen=True)
class Exercise:
    """One test or written answer: points earned of those that public tests decide, and what went wrong."""

    title: str
    grade_id: str
    verdict: Verdict
    earned: float
    public: float  # what the public tests decide
    worth: float  # what the exercise is worth when graded, hidden tests included
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Say whether nothing is left to do that this check can see."""
        return self.verdict in _GOOD

    @property
    def by_hand(self) -> bool:
        """Say whether a person grades it."""
        return self.verdict in (Verdict.BY_HAND, Verdict.BY_HAND_UNANSWERED)


@dataclass(frozen=True)
class Note:
    """Something outside the tests that the student should know; it costs no points here."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """The verdict on a whole notebook."""

    path: Path
    exercises: tuple[Exercise, ...]
    notes: tuple[Note, ...] = ()

    @property
    def passed(self) -> bool:
        """Say whether all public tests pass."""
        return all(exercise.passed for exercise in self.exercises)


def show(report: Report, console: Console | None = None) -> int:
    """Print the report; return the exit code: 0 when all public tests pass, 1 when something fails."""
    console = console or Console()
    console.print(_table(report))
    for exercise in report.exercises:
        if exercise.detail:
            console.print(Text(f"\n{exercise.title}", style="bold"))
            console.print(Text(exercise.detail), soft_wrap=True)  # tables keep their columns
    if report.notes:
        console.print(Text("\nOutside the tests", style="bold"))
        for note in report.notes:
            console.print(Text(f"{note.where}: {note.what}"))
    console.print(Text(f"\n{_summary(report)}"))
    return 0 if report.passed else 1


def _table(report: Report) -> Table:
    """Lay out one line per exercise."""
    table = Table(title=report.path.name, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("Exercise")
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for exercise in report.exercises:
        points = f"– of {exercise.worth:g}" if exercise.by_hand else f"{exercise.earned:g} of {exercise.public:g}"
        table.add_row(
            Text(exercise.title), points, Text(exercise.verdict.value, style=_STYLES.get(exercise.verdict, "red"))
        )
    return table


def _summary(report: Report) -> str:
    """Say in a line or two where the student stands, and what this check cannot know."""
    tested = [exercise for exercise in report.exercises if not exercise.by_hand]
    earned, public = sum(e.earned for e in tested), sum(e.public for e in tested)
    hidden = sum(e.worth for e in tested) - public
    by_hand = sum(e.worth for e in report.exercises if e.by_hand)
    failing = sum(not e.passed for e in tested)
    lines = [f"{earned:g} of {public:g} points of the public tests."]
    if tested:
        lines[0] += f" {failing} of {len(tested)} exercises to go." if failing else " All public tests pass."
    later = [f"{hidden:g} by hidden tests"] * (hidden > 0) + [f"{by_hand:g} by hand"] * (by_hand > 0)
    if later:
        lines.append(f"More is decided when your work is graded: {' and '.join(later)}.")
    return "\n".join(lines)
