"""What grading a submission again has changed, noted in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from grader.exchange import changes
from grader.exchange.batch.part import Part
from grader.exchange.changes import PENALTY, Change, Grading

Points = tuple[float | None, float | None]
"""Before and after."""


class Explain(Protocol):
    """Why the points of a submission are others than before; asked only where they are."""

    def cases(self, cell: str) -> tuple[str, ...]:
        """The cases of a test cell that came out differently."""

    def why(self, cell: str) -> str:
        """What was different; of the whole submission for ''."""


@dataclass(frozen=True)
class Because(Explain):
    """One reason for all cells, and no cases."""

    reason: str

    def cases(self, cell: str) -> tuple[str, ...]:
        """None."""
        return ()

    def why(self, cell: str) -> str:
        """The reason."""
        return self.reason


@dataclass(frozen=True)
class History:
    """Notes what the grading of one notebook changes."""

    grading: Grading
    part: Part

    def note(
        self, connection: Connection, student: str, points: Mapping[str, Points], penalty: Points, explain: Explain
    ) -> None:
        """Note the points of test cells, and the penalty, as far as they have changed."""
        found = [
            Change(student, self._name(cell.removesuffix("_tests")), *moved, explain.cases(cell), explain.why(cell))
            for cell, moved in points.items()
            if moved[0] != moved[1]
        ]
        changes.note(connection, self.grading, found)
        if (penalty[0] or 0.0) != (penalty[1] or 0.0):
            self.note_penalty(connection, student, penalty, found[0].why if found else explain.why(""))

    def note_penalty(self, connection: Connection, student: str, penalty: Points, why: str) -> None:
        """Note another penalty."""
        before, after = (0.0 - (points or 0.0) for points in penalty)
        changes.note(connection, self.grading, [Change(student, self._name(PENALTY), before, after, (), why)])

    def _name(self, exercise: str) -> str:
        return f"{self.part.notebook}/{exercise}" if self.part.others else exercise
