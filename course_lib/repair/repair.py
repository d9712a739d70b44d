"""Repair a submission: the assignment's own cells complete, unchanged and in place, the student's work untouched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from course_lib.repair.copies import settle
from course_lib.repair.damage import (
    DOUBTFUL_WRITTEN,
    EDITED_GIVEN,
    EDITED_TEST,
    LOST_ANSWER,
    LOST_GIVEN,
    LOST_TEST,
    LOST_WRITTEN,
    RETYPED,
    Damaged,
    Repair,
    Repairs,
)
from course_lib.repair.doubtful import add_what_may_be_it
from course_lib.repair.matching import Claims, claims
from course_lib.repair.pieces import Piece, pieces_of
from course_lib.repair.places import in_order, insert
from course_lib.repair.reading import read
from course_lib.repair.reference import Reference, ReferenceCell, notebook_of, written

FEWEST = 0.2
"""A notebook with fewer of the assignment's answers and tests than this share is another one, if it has others."""

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Repaired:
    """A notebook that can be graded (version 4.5, no outputs, complete tests), and what was repaired."""

    notebook: NotebookNode
    repairs: tuple[Repair, ...]


def repaired_file(data: bytes, reference: Reference, found: tuple[Repair, ...] = ()) -> Repaired:
    """The submission in a file, repaired.

    Args:
        found: what was noted about it before (its name, say).

    Raises:
        Damaged: it cannot be repaired for certain; the message says why.
    """
    repairs = Repairs()
    repairs.extend(found)
    return repaired(read(data, repairs), reference, repairs)


def repaired(notebook: Mapping[str, Any], reference: Reference, repairs: Repairs | None = None) -> Repaired:
    """The same for a notebook that is read already, of any version of the format. It is not changed."""
    repairs = repairs or Repairs()
    pieces = pieces_of(notebook, repairs)
    found = claims(pieces, reference, repairs)
    _require_this_assignment(notebook, pieces, found, reference)
    pieces = settle(pieces, found, reference, repairs)
    for piece in pieces:
        if piece.cell is not None:
            _restore(piece, piece.cell, repairs)
    pieces = in_order(pieces, reference, repairs)
    _complete(pieces, reference, repairs)
    return Repaired(notebook_of(_cells(pieces), dict(reference.metadata)), repairs.list(reference.order))


def _require_this_assignment(
    notebook: Mapping[str, Any], pieces: list[Piece], found: Claims, reference: Reference
) -> None:
    core = [cell.name for cell in reference.cells if cell.is_core]
    here = sum(name in found for name in core)
    foreign = sum(bool(piece.label) and piece.label not in reference.by_name for piece in pieces)
    if not core or here > FEWEST * len(core) or (here and foreign <= here):
        return
    metadata = notebook.get("metadata")
    course = metadata.get("course") if isinstance(metadata, dict) else None
    module = course.get("module") if isinstance(course, dict) else None
    says = f"; it says that it is {module!s:.60}" if module and module != reference.notebook else ""
    how_many = f"only {here}" if here else "none"
    raise Damaged(f"it is another notebook: {how_many} of the {len(core)} answers and tests of {reference.notebook} "
                  f"is in it{says}")  # fmt: skip


def _restore(piece: Piece, cell: ReferenceCell, repairs: Repairs) -> None:
    """Type and, but for answers, source as they are in the assignment."""
    if piece.kind != cell.kind:
        if cell.is_core or cell.is_given:
            repairs.note(RETYPED, cell.name)
        piece.kind = cell.kind
    if cell.solution:
        return
    if (cell.is_test or cell.is_given) and _stripped_lines(piece.source) not in (
        _stripped_lines(cell.shown),
        _stripped_lines(cell.source),
    ):
        repairs.note(EDITED_TEST if cell.is_test else EDITED_GIVEN, cell.name)
    if cell.locked or cell.is_test:
        piece.source = cell.source


def _stripped_lines(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().split("\n")]


def _complete(pieces: list[Piece], reference: Reference, repairs: Repairs) -> None:
    """Put back tests, given code, tasks and written answers. A lost answer in code stays lost: its tests fail."""
    there = {piece.cell.name for piece in pieces if piece.cell is not None}
    for cell in reference.cells:
        if cell.name in there:
            continue
        if cell.solution and not cell.grade:
            repairs.note(LOST_ANSWER, cell.name)
        elif cell.is_core or cell.is_given:
            piece = Piece(cell.kind, cell.source, cell.name, cell.id, -1, cell=cell)
            insert(pieces, piece, cell, reference)
            doubtful = cell.solution and cell.kind == "markdown" and add_what_may_be_it(pieces, piece)
            lost = LOST_WRITTEN if cell.solution else LOST_GIVEN if cell.is_given else LOST_TEST
            repairs.note(DOUBTFUL_WRITTEN if doubtful else lost, cell.name)


def _cells(pieces: list[Piece]) -> list[NotebookNode]:
    """Cells with ids of their own; nothing of the submission's metadata remains."""
    taken = {piece.cell.id for piece in pieces if piece.cell is not None}
    cells = []
    for piece in pieces:
        if piece.cell is not None:
            metadata = piece.cell.metadata | {"nbgrader": piece.cell.nbgrader()}
            cells.append(written(piece.kind, piece.source, piece.cell.id, metadata))
        else:
            cells.append(written(piece.kind, piece.source, _free_id(piece, taken), {}))
        if piece.attachments and piece.kind == "markdown":
            cells[-1]["attachments"] = piece.attachments
    return cells


def _free_id(piece: Piece, taken: set[str]) -> str:
    wanted = piece.id if _ID.fullmatch(piece.id) else f"own-{piece.position + 1}"
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted[:56]}-{number}", number + 1
    taken.add(name)
    return name
