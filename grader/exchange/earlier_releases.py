"""What was handed out, release by release: a table of its own in the gradebook, which has the last one alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert, inspect, select

from course_lib.repair.reference import Reference, grade_id, reference_of
from grader.engine.gradebook_reference import reference_in_gradebook

_METADATA = MetaData()
_TABLE = Table(
    "course_released",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("notebook", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("handed_out", Text(), nullable=False),
)


def keep(connection: Connection, assignment: str, notebook: str, handed_out: NotebookNode) -> None:
    """Keep a release, as students get it; one that is kept already is not kept again."""
    _METADATA.create_all(connection)
    texts = _texts(connection, assignment, notebook)
    text = nbformat.writes(handed_out)
    if text not in texts:
        values = {"assignment": assignment, "notebook": notebook, "number": len(texts) + 1, "handed_out": text}
        connection.execute(insert(_TABLE).values(**values))


def is_kept(connection: Connection, assignment: str, notebook: str) -> bool:
    """Whether any release of a notebook is kept."""
    return bool(_texts(connection, assignment, notebook))


def earlier_releases(connection: Connection, assignment: str, reference: Reference) -> tuple[Reference, ...]:
    """The releases of a notebook that handed out other cells than the one of `reference`, the first one first."""
    kept = [
        reference_of(nbformat.reads(text, as_version=4)) for text in _texts(connection, assignment, reference.notebook)
    ]
    return tuple(one for one in kept if _handed_out(one) != _handed_out(reference))


def entered_before(entry: Any, now: NotebookNode) -> NotebookNode:
    """A notebook as the gradebook has it, hidden tests included, before the release `now` takes its place.

    The gradebook knows no order: cells stand as they do now, and one that is gone behind the one that was entered
    before it.
    """
    places = {grade_id(cell): place for place, cell in enumerate(now.cells)}
    made = reference_in_gradebook(entry, None).as_notebook()
    last, keys = -1, {}
    for cell in made.cells:
        last = keys[grade_id(cell)] = places.get(grade_id(cell), last)
    made["cells"] = sorted(made.cells, key=lambda cell: keys[grade_id(cell)])
    return made


def _texts(connection: Connection, assignment: str, notebook: str) -> list[str]:
    if not inspect(connection).has_table(_TABLE.name):
        return []
    here = (_TABLE.c.assignment == assignment) & (_TABLE.c.notebook == notebook)
    return list(connection.scalars(select(_TABLE.c.handed_out).where(here).order_by(_TABLE.c.number)))


def _handed_out(reference: Reference) -> Mapping[str, str]:
    return {cell.name: cell.shown.strip() for cell in reference.cells}
