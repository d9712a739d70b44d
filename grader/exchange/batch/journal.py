"""What was graded of what: a table of its own in the gradebook, written in the same transaction as the grades."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cache

from sqlalchemy import Boolean, Column, Connection, MetaData, String, Table, Text, delete, insert, inspect, select

_METADATA = MetaData()
_TABLE = Table(
    "course_graded",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("submitted", String(64), nullable=False),
    Column("autograded", String(64), nullable=False),
    Column("reference", Text(), nullable=False),
    Column("repairs", Text(), nullable=False),
    Column("notes", Text(), nullable=False),
    Column("stopped", Text(), nullable=False),
    Column("died", Text(), nullable=False),
    Column("isolated", Boolean(), nullable=False),
)


@dataclass(frozen=True)
class Entry:
    """How a submission was graded the last time.

    Attributes:
        submitted: digest of what was handed in.
        autograded: digest of the graded notebook.
        reference: digests of the assignment's cells; entries share it.
        repairs, notes, stopped, died, isolated: what there is to tell of it.
    """

    submitted: str
    autograded: str
    reference: dict[str, str]
    repairs: tuple[str, ...]
    notes: tuple[str, ...]
    stopped: tuple[str, ...]
    died: tuple[str, ...]
    isolated: bool


_LISTS = ("repairs", "notes", "stopped", "died")


def create(connection: Connection) -> None:
    """Make the table where there is none."""
    _METADATA.create_all(connection)


def entries(connection: Connection, assignment: str) -> dict[str, Entry]:
    """The entries of an assignment by student; none in a gradebook that has no such table yet."""
    if not inspect(connection).has_table(_TABLE.name):
        return {}
    rows = connection.execute(select(_TABLE).where(_TABLE.c.assignment == assignment)).mappings()
    names = [field.name for field in fields(Entry)]
    read = cache(json.loads)  # most of a class was graded against the same assignment: one copy for all of them
    found = {}
    for row in rows:
        values = {name: row[name] for name in names} | {name: tuple(json.loads(row[name])) for name in _LISTS}
        found[row["student"]] = Entry(**values | {"reference": read(row["reference"])})
    return found


def put(connection: Connection, assignment: str, student: str, entry: Entry | None) -> None:
    """Replace the entry of a submission; None takes it out."""
    here = (_TABLE.c.assignment == assignment) & (_TABLE.c.student == student)
    connection.execute(delete(_TABLE).where(here))
    if entry is not None:
        values = asdict(entry) | {"reference": json.dumps(entry.reference, sort_keys=True)}
        values |= {name: json.dumps(getattr(entry, name)) for name in _LISTS}
        connection.execute(insert(_TABLE).values(assignment=assignment, student=student, **values))
