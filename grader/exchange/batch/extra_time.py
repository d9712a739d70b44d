"""Individual extra time: a factor of the time limits per student, in a table of its own in the gradebook."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Column, Connection, Float, MetaData, String, Table, delete, insert, inspect, select

from grader.engine.limits import Limits

ALL = "*"
"""Stands for all assignments."""

_METADATA = MetaData()
_TABLE = Table(
    "course_extra_time",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("factor", Float(), nullable=False),
)


def factors(connection: Connection, assignment: str) -> dict[str, float]:
    """The factors that hold for an assignment, by student: its own, or else those for all assignments."""
    return _of(connection, ALL) | _of(connection, assignment)


def put(connection: Connection, assignment: str, student: str, factor: float) -> bool:
    """Set a factor, 1 for no extra time; whether that changes anything."""
    _METADATA.create_all(connection)
    before = factors(connection, assignment).get(student, 1.0)
    connection.execute(delete(_TABLE).where((_TABLE.c.assignment == assignment) & (_TABLE.c.student == student)))
    if factor != 1 or student in factors(connection, assignment):  # against what holds for all assignments
        connection.execute(insert(_TABLE).values(assignment=assignment, student=student, factor=factor))
    return factor != before


def extended(limits: Limits, factor: float) -> Limits:
    """The limits with more time; memory and disk stay."""
    if factor == 1:
        return limits
    return replace(
        limits,
        cell_seconds=limits.cell_seconds * factor,
        submission_seconds=limits.submission_seconds * factor,
        cpu_seconds=limits.cpu_seconds * factor,
    )


def _of(connection: Connection, assignment: str) -> dict[str, float]:
    if not inspect(connection).has_table(_TABLE.name):
        return {}
    query = select(_TABLE.c.student, _TABLE.c.factor).where(_TABLE.c.assignment == assignment)
    return {row.student: row.factor for row in connection.execute(query)}
