"""What was graded of what: a table of its own in the gradebook, written in the same transaction as the grades."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cache

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, delete, insert, inspect, select, text

from grader.engine.isolation import Isolation

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
    Column("isolation", String(16), nullable=False, server_default=Isolation.SANDBOX),
)


@dataclass(frozen=True)
class Entry:
    """How a submission was graded the last time.

    Attributes:
        submitted: digest of what was handed in.
        autograded: digest of the graded notebook.
        reference: digests of the assignment's cells, as `basis_of` has them; most entries share it.
        repairs, notes, stopped, died, isolation: what there is to tell of it.
    """

    submitted: str
    autograded: str
    reference: dict[str, str]
    repairs: tuple[str, ...]
    notes: tuple[str, ...]
    stopped: tuple[str, ...]
    died: tuple[str, ...]
    isolation: Isolation


_LISTS = ("repairs", "notes", "stopped", "died")


def create(connection: Connection) -> None:
    """Make the table where there is none; one of an earlier version, with a column `isolated`, becomes one of this."""
    _METADATA.create_all(connection)
    _bring_up_to_date(connection)


def _bring_up_to_date(connection: Connection) -> None:
    if "isolated" in _columns(connection):
        kinds = f"CASE WHEN isolated THEN '{Isolation.SANDBOX}' ELSE '{Isolation.NONE}' END"
        table = _TABLE.name
        for change in (
            f"ALTER TABLE {table} ADD COLUMN isolation VARCHAR(16) NOT NULL DEFAULT '{Isolation.SANDBOX}'",
            f"UPDATE {table} SET isolation = {kinds}",
            f"ALTER TABLE {table} DROP COLUMN isolated",
        ):
            connection.execute(text(change))


def entries(connection: Connection, assignment: str) -> dict[str, Entry]:
    """The entries of an assignment by student; none in a gradebook that has no such table yet."""
    _bring_up_to_date(connection)
    if not inspect(connection).has_table(_TABLE.name):
        return {}
    rows = connection.execute(select(_TABLE).where(_TABLE.c.assignment == assignment)).mappings()
    names = [field.name for field in fields(Entry)]
    read = cache(json.loads)  # most of a class was graded against the same assignment: one copy for all of them
    found = {}
    for row in rows:
        values = {name: row[name] for name in names} | {name: tuple(json.loads(row[name])) for name in _LISTS}
        values |= {"reference": read(row["reference"]), "isolation": Isolation(row["isolation"])}
        found[row["student"]] = Entry(**values)
    return found


def put(connection: Connection, assignment: str, student: str, entry: Entry | None) -> None:
    """Replace the entry of a submission; None takes it out."""
    here = (_TABLE.c.assignment == assignment) & (_TABLE.c.student == student)
    connection.execute(delete(_TABLE).where(here))
    if entry is not None:
        values = asdict(entry) | {"reference": json.dumps(entry.reference, sort_keys=True)}
        values |= {name: json.dumps(getattr(entry, name)) for name in _LISTS} | {"isolation": str(entry.isolation)}
        connection.execute(insert(_TABLE).values(assignment=assignment, student=student, **values))


def _columns(connection: Connection) -> set[str]:
    """The columns of the table; none where there is no table."""
    looker = inspect(connection)
    return {column["name"] for column in looker.get_columns(_TABLE.name)} if looker.has_table(_TABLE.name) else set()
