"""What a grading changed for one student: the shape in which a report takes it."""

from __future__ import annotations

from typing import Protocol

from grader.exchange.export import number


class Change(Protocol):
    """Points of one student in one exercise that are others than before."""

    @property
    def student(self) -> str:
        """The id."""

    @property
    def exercise(self) -> str:
        """The name."""

    @property
    def before(self) -> float | None:
        """The points after the grading before the last one; None for none."""

    @property
    def after(self) -> float | None:
        """The points after the last one."""

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that went otherwise."""

    @property
    def why(self) -> str:
        """The reason, in words; '' where it is not known."""


def in_words(change: Change) -> str:
    """`conv_layer: 1.5 → 3, by "stride 2", "padding" (the test has changed)`."""
    before, after = (_points(points) for points in (change.before, change.after))
    cases = ", ".join(f'"{case}"' if case else "the whole test" for case in change.cases)
    by = f", by {cases}" if cases else ""
    return f"{change.exercise}: {before} → {after}{by}" + (f" ({change.why})" if change.why else "")


def _points(points: float | None) -> str:
    return number(points) or "no points"
