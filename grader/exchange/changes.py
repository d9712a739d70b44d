"""What the last grading changed against the one before: history in two tables of its own in the gradebook.

Points that a person gives are no change of a grading, and not in it; a late penalty that follows from them is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)

from grader.course_dir import CourseDir
from grader.exchange.gradebook import open_gradebook

PENALTY = "late penalty"
"""Stands in place of an exercise; its points are below zero."""

_METADATA = MetaData()
_GRADINGS = Table(
    "course_gradings",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("finished", Boolean, nullable=False),
)
_CHANGES = Table(
    "course_changes",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("student", String(128), primary_key=True),
    Column("exercise", String(260), primary_key=True),
    Column("before", Float()),
    Column("after", Float()),
    Column("cases", Text(), nullable=False),
    Column("why", Text(), nullable=False),
)


@dataclass(frozen=True)
class Change:
    """Points of one student in one exercise that a grading changed.

    Attributes:
        exercise: by name, as in `scores`; or `PENALTY`.
        before, after: points; None where there were none, as in a submission that could not be graded.
        cases: the cases of the test that came out differently, by name.
        why: what was different from the grading before, in half a sentence.
    """

    student: str
    exercise: str
    before: float | None
    after: float | None
    cases: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Grading:
    """A grading that is going on; one that was stopped is continued under its number.

    Attributes:
        resumed: whether it was begun before.
    """

    assignment: str
    number: int
    resumed: bool


def begin(connection: Connection, assignment: str) -> Grading:
    """Begin a grading, or go on with the one that was stopped."""
    _METADATA.create_all(connection)
    here = _GRADINGS.c.assignment == assignment
    last = connection.execute(select(_GRADINGS).where(here).order_by(_GRADINGS.c.number.desc()).limit(1)).one_or_none()
    if last is not None and not last.finished:
        return Grading(assignment, last.number, resumed=True)
    made = Grading(assignment, last.number + 1 if last is not None else 1, resumed=False)
    connection.execute(insert(_GRADINGS).values(assignment=assignment, number=made.number, finished=False))
    return made


def finish(connection: Connection, grading: Grading, *, did_something: bool) -> None:
    """End a grading. One that had nothing to do was none: the changes of the one before stay the last."""
    here = (_GRADINGS.c.assignment == grading.assignment) & (_GRADINGS.c.number == grading.number)
    if did_something or grading.resumed:
        connection.execute(update(_GRADINGS).where(here).values(finished=True))
    else:
        connection.execute(delete(_GRADINGS).where(here))


def note(connection: Connection, grading: Grading, found: Iterable[Change]) -> None:
    """Write changes down. What a grading has changed twice is one change, from the points before the first."""
    for change in found:
        here = (
            (_CHANGES.c.assignment == grading.assignment)
            & (_CHANGES.c.number == grading.number)
            & (_CHANGES.c.student == change.student)
            & (_CHANGES.c.exercise == change.exercise)
        )
        earlier = connection.execute(select(_CHANGES.c.before).where(here)).one_or_none()
        whole = replace(change, before=earlier.before) if earlier is not None else change
        connection.execute(delete(_CHANGES).where(here))
        if whole.before != whole.after:
            values = {"before": whole.before, "after": whole.after, "cases": json.dumps(whole.cases), "why": whole.why}
            names = {"student": whole.student, "exercise": whole.exercise}
            place = {"assignment": grading.assignment, "number": grading.number}
            connection.execute(insert(_CHANGES).values(**place, **names, **values))


def changes(course: CourseDir, assignment: str) -> list[Change]:
    """What the last grading changed, by student; a grading that had nothing to do does not count.

    Raises:
        CourseError: the gradebook cannot be read.
    """
    with open_gradebook(course) as gradebook:
        connection = gradebook.db.connection()
        if not inspect(connection).has_table(_GRADINGS.name):
            return []
        last = select(func.max(_GRADINGS.c.number)).where(_GRADINGS.c.assignment == assignment).scalar_subquery()
        here = (_CHANGES.c.assignment == assignment) & (_CHANGES.c.number == last)
        rows = connection.execute(select(_CHANGES).where(here).order_by(_CHANGES.c.student, _CHANGES.c.exercise)).all()
    return [
        Change(row.student, row.exercise, row.before, row.after, tuple(json.loads(row.cases)), row.why) for row in rows
    ]
