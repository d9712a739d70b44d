"""The order of a repaired notebook: the assignment's for its own cells; a student's cell stays behind its neighbor."""

from __future__ import annotations

from bisect import bisect_left

from course_lib.repair.damage import MOVED, Repairs
from course_lib.repair.pieces import Piece
from course_lib.repair.reference import Reference, ReferenceCell


def in_order(pieces: list[Piece], reference: Reference, repairs: Repairs) -> list[Piece]:
    """The pieces with every cell of the assignment in its place."""
    places = [reference.order[piece.cell.name] for piece in pieces if piece.cell is not None]
    stable = _longest_rising(places)
    if len(stable) == len(places):
        return pieces
    head, blocks = _blocks(pieces, reference, stable)
    for block in blocks:
        cell = block[0].cell
        if cell is not None and reference.order[cell.name] not in stable and (cell.is_core or cell.kind == "code"):
            repairs.note(MOVED, cell.name)
    return head + [piece for block in sorted(blocks, key=lambda b: _place(b, reference)) for piece in block]


def insert(pieces: list[Piece], new: Piece, cell: ReferenceCell, reference: Reference) -> None:
    """Put a missing cell in its place: given code right behind what comes before it, all else right before the next.

    Between the two there are only cells of the student's: they may need the given code, and a test may need them.
    """
    here = reference.order[cell.name]
    at = {reference.order[p.cell.name]: index for index, p in enumerate(pieces) if p.cell is not None}
    earlier = [place for place in at if place < here]
    later = [place for place in at if place > here]
    behind = at[max(earlier)] + 1 if earlier else 0
    before = at[min(later)] if later else len(pieces)
    pieces.insert(behind if cell.is_given else before, new)


def _blocks(pieces: list[Piece], reference: Reference, stable: set[int]) -> tuple[list[Piece], list[list[Piece]]]:
    """What stands before the first cell of the assignment, and each such cell with the student's cells behind it.

    Behind a given cell that was moved there are not its own neighbors: they go to the cell before.
    """
    head: list[Piece] = []
    blocks: list[list[Piece]] = []
    home: list[Piece] = head
    for piece in pieces:
        if piece.cell is None:
            home.append(piece)
            continue
        block = [piece]
        blocks.append(block)
        if piece.cell.solution or reference.order[piece.cell.name] in stable:
            home = block
    return head, blocks


def _place(block: list[Piece], reference: Reference) -> int:
    cell = block[0].cell
    assert cell is not None  # blocks begin with a cell of the assignment
    return reference.order[cell.name]


def _longest_rising(places: list[int]) -> set[int]:
    """The largest set of places that are in order already (patience sorting)."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        at = bisect_left(ends, place)
        before[place] = ends[at - 1] if at else None
        ends[at : at + 1] = [place]
    rising: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        rising.add(last)
        last = before[last]
    return rising
