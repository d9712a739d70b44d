"""Repair a submission against the release that its student got, then bring it up to the one that is graded.

What the student did to the notebook and what the course did to the assignment since are told apart by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from course_lib.repair.damage import (
    EDITED_GIVEN,
    EDITED_TEST,
    LOST_ANSWER,
    LOST_GIVEN,
    LOST_TEST,
    LOST_WRITTEN,
    Damaged,
    Kind,
    Repair,
    Repairs,
)
from course_lib.repair.pieces import Piece, pieces_of
from course_lib.repair.reading import read
from course_lib.repair.reference import Reference
from course_lib.repair.repair import Repaired, repaired

CHANGED_TEST = Kind(
    "One test has changed since the notebook was handed out ({names}); the new one was run.",
    "{n} tests have changed since the notebook was handed out ({names}); the new ones were run.",
)
CHANGED_GIVEN = Kind(
    "One given cell has changed since the notebook was handed out ({names}); the new one was run.",
    "{n} given cells have changed since the notebook was handed out ({names}); the new ones were run.",
)
NEW_TEST = Kind(
    "One test is new since the notebook was handed out and was added ({names}).",
    "{n} tests are new since the notebook was handed out and were added ({names}).",
)
NEW_GIVEN = Kind(
    "One given cell is new since the notebook was handed out and was added ({names}).",
    "{n} given cells are new since the notebook was handed out and were added ({names}).",
)
NEW_WRITTEN = Kind(
    "One written answer is new since the notebook was handed out; its empty cell was added ({names}).",
    "{n} written answers are new since the notebook was handed out; their empty cells were added ({names}).",
)
NEW_ANSWER = Kind(
    "One exercise is new since the notebook was handed out; its answer is missing, and its tests fail ({names}).",
    "{n} exercises are new since the notebook was handed out; their answers are missing, and their tests fail "
    "({names}).",
)

_BY_THE_COURSE = {
    EDITED_TEST: CHANGED_TEST,
    EDITED_GIVEN: CHANGED_GIVEN,
    LOST_TEST: NEW_TEST,
    LOST_GIVEN: NEW_GIVEN,
    LOST_WRITTEN: NEW_WRITTEN,
    LOST_ANSWER: NEW_ANSWER,
}
"""What the same finding is called where not the student did it. Whatever else the course moved is not told."""


def repaired_file_since(
    data: bytes, reference: Reference, earlier: Sequence[Reference], found: Iterable[Repair] = ()
) -> Repaired:
    """The submission in a file, as `repaired_file` repairs it.

    Args:
        earlier: the releases that students may have got before this one.
        found: what was noted about it before (its name, say).

    Raises:
        Damaged: it cannot be repaired for certain; the message says why.
    """
    repairs = Repairs()
    repairs.extend(found)
    return repaired_since(read(data, repairs), reference, earlier, repairs)


def repaired_since(
    notebook: Mapping[str, Any],
    reference: Reference,
    earlier: Sequence[Reference],
    repairs: Repairs | None = None,
) -> Repaired:
    """The same for a notebook that is read already. Raises Damaged."""
    repairs = repairs or Repairs()
    got = _release_of(notebook, reference, earlier)
    if got is reference:
        return repaired(notebook, reference, repairs)
    students = repaired(notebook, got, repairs)
    now = repaired(students.notebook, reference)
    return Repaired(now.notebook, (*students.repairs, *_by_the_course(now.repairs, students.repairs)))


def _release_of(notebook: Mapping[str, Any], reference: Reference, earlier: Sequence[Reference]) -> Reference:
    """The release that the student got: the one that most of the notebook's cells agree with, the last of several."""
    if not earlier:
        return reference
    try:
        pieces = pieces_of(notebook)
    except Damaged:
        return reference  # which says why
    return max((reference, *reversed(earlier)), key=lambda one: _agreeing(pieces, one))


def _agreeing(pieces: Sequence[Piece], release: Reference) -> int:
    """How many cells are as this release has them, less those that it has and the notebook has not."""
    here = {(piece.kind, _lines(piece.source)) for piece in pieces}
    labels = {piece.label for piece in pieces}
    given = [cell for cell in release.cells if not cell.solution]
    same = sum((cell.kind, _lines(cell.shown)) in here for cell in given)
    return same - sum(cell.name not in labels for cell in release.cells)


def _lines(source: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in source.strip().split("\n"))


def _by_the_course(found: Iterable[Repair], before: Iterable[Repair]) -> Iterable[Repair]:
    """What the course changed, by its own names; an answer that the student has lost is told already."""
    lost = {name for repair in before if repair.kind is LOST_ANSWER for name in repair.names}
    for repair in found:
        names = tuple(name for name in repair.names if not (repair.kind is LOST_ANSWER and name in lost))
        if names and repair.kind in _BY_THE_COURSE:
            yield Repair(_BY_THE_COURSE[repair.kind], names)
