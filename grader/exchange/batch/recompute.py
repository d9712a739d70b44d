"""Late penalties as dates, rule and points are now, without running anything again."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader import api
from nbgrader.utils import parse_utc
from sqlalchemy import Connection, Table, select, update

from grader.exchange.batch.history import Points
from grader.exchange.batch.late import LatePenalties, seconds_late
from grader.exchange.batch.writer import Columns, score_of_row

_SUBMISSION: Table = api.SubmittedAssignment.__table__
_NOTEBOOK: Table = api.SubmittedNotebook.__table__
_GRADE: Table = api.Grade.__table__


@dataclass
class Recomputed:
    """What has changed, and who is late.

    Attributes:
        penalties: students with another penalty than before.
        times: students whose time stamp says another time than the gradebook did.
        late: seconds that a submission came late, by student.
        noted: told of each other penalty: the student, the penalty before and now, and why.
    """

    penalties: set[str] = field(default_factory=set)
    times: set[str] = field(default_factory=set)
    late: dict[str, float] = field(default_factory=dict)
    noted: list[tuple[str, Points, str]] = field(default_factory=list)

    @property
    def changed(self) -> set[str]:
        """Students of whom something has changed."""
        return self.penalties | self.times


def recompute(
    connection: Connection,
    columns: Columns,
    penalties: LatePenalties,
    times: Mapping[str, str],
    students: Collection[str] | None,
    found: Recomputed,
) -> None:
    """Bring the penalties of one notebook's submissions up to date, and note in `found` what has changed.

    Args:
        times: when a submission was handed in, as its time stamp says now; '' for unknown.
        students: whose; everybody's in the gradebook by default.

    Raises:
        CourseError: the rule fails.
    """
    scores = _scores(connection, columns)
    for row in _submissions(connection, columns):
        student = row.student_id
        if students is not None and student not in students:
            continue
        submitted = _time_of(connection, row, times.get(student, ""), found)
        late = seconds_late(submitted, columns.due, row.extension)
        if late > 0:
            found.late[student] = late
        penalty = penalties.penalty(student, scores.get(row.id, 0.0), late)
        if not _is_same(penalty, row.late_submission_penalty):
            here = _NOTEBOOK.c.id == row.id
            connection.execute(update(_NOTEBOOK).where(here).values(late_submission_penalty=penalty))
            found.penalties.add(student)
            found.noted.append((student, (row.late_submission_penalty, penalty), _why(row, found)))


def _why(row: Any, found: Recomputed) -> str:
    if row.student_id in found.times:
        return "another time of submission"
    extension = "an extension, " if row.extension else ""
    return f"{extension}the due date, the rule for late work or points given by hand changed"


def out_of_date(connection: Connection, columns: Columns, penalties: LatePenalties) -> set[str]:
    """Students whose penalty for one notebook is not what dates, rule and points make it now; nothing is written.

    Raises:
        CourseError: the rule fails.
    """
    scores = _scores(connection, columns)
    found = set()
    for row in _submissions(connection, columns):
        late = seconds_late(row.timestamp, columns.due, row.extension)
        penalty = penalties.penalty(row.student_id, scores.get(row.id, 0.0), late)
        if not _is_same(penalty, row.late_submission_penalty):
            found.add(row.student_id)
    return found


def _is_same(penalty: float | None, before: float | None) -> bool:
    """Whether two penalties are one: a sum of points in another order may differ in its last digit."""
    return math.isclose(penalty or 0.0, before or 0.0, rel_tol=1e-9, abs_tol=1e-9)


def _submissions(connection: Connection, columns: Columns) -> list[Any]:
    query = (
        select(
            _NOTEBOOK.c.id,
            _NOTEBOOK.c.late_submission_penalty,
            _SUBMISSION.c.id.label("submission"),
            _SUBMISSION.c.student_id,
            _SUBMISSION.c.timestamp,
            _SUBMISSION.c.extension,
        )
        .join(_SUBMISSION, _SUBMISSION.c.id == _NOTEBOOK.c.assignment_id)
        .where(_NOTEBOOK.c.notebook_id == columns.notebook)
        .order_by(_SUBMISSION.c.student_id)
    )
    return list(connection.execute(query).all())


def _scores(connection: Connection, columns: Columns) -> dict[str, float]:
    """The points of each submission of a notebook; a person's among them."""
    query = (
        select(_GRADE.c.notebook_id, _GRADE.c.manual_score, _GRADE.c.auto_score, _GRADE.c.extra_credit)
        .join(_NOTEBOOK, _NOTEBOOK.c.id == _GRADE.c.notebook_id)
        .where(_NOTEBOOK.c.notebook_id == columns.notebook)
    )
    scores: dict[str, float] = {}
    for row in connection.execute(query).mappings():
        scores[row["notebook_id"]] = scores.get(row["notebook_id"], 0.0) + score_of_row(dict(row))
    return scores


def _time_of(connection: Connection, row: Any, says: str, found: Recomputed) -> datetime | None:
    """When it was handed in; the gradebook is told where the time stamp says another time now."""
    before: datetime | None = row.timestamp
    now: datetime | None = parse_utc(says) if says else before
    if now != before:
        connection.execute(update(_SUBMISSION).where(_SUBMISSION.c.id == row.submission).values(timestamp=now))
        found.times.add(row.student_id)
    return now
