"""Cells that are there several times: pieces of a split answer, copies, versions. One of them stays the cell."""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.repair.damage import COPY, SPLIT, VERSIONS, Repairs
from course_lib.repair.matching import Claims
from course_lib.repair.pieces import Piece, python
from course_lib.repair.reference import Reference, ReferenceCell


def settle(pieces: list[Piece], found: Claims, reference: Reference, repairs: Repairs) -> list[Piece]:
    """Give each cell one piece (its `cell` is set) and return the pieces that stay, in their order."""
    left = list(pieces)
    for cell in reference.cells:
        if cell.name in found:
            around = [(c[0].position, reference.order[name]) for name, c in found.items() if len(c) == 1]
            _settle_one(cell, found[cell.name], left, _Neighbors(around, reference.order[cell.name]), repairs)
    return left


@dataclass(frozen=True)
class _Neighbors:
    """Where the other cells stand (position, place in the assignment), and the place of the cell in question."""

    around: list[tuple[int, int]]
    place: int

    def on_the_wrong_side(self, piece: Piece) -> int:
        """How many of the other cells would have to change sides if the cell were at this piece."""
        return sum((position < piece.position) != (place < self.place) for position, place in self.around)


def _settle_one(
    cell: ReferenceCell, claimants: list[Piece], left: list[Piece], near: _Neighbors, repairs: Repairs
) -> None:
    if cell.solution and cell.kind == "code":
        claimants = _rejoined(cell, claimants, left, repairs)
    chosen = _chosen(cell, claimants, near)
    chosen.cell = cell
    others = [piece for piece in claimants if piece is not chosen]
    if cell.solution and cell.kind == "markdown":
        _unite(cell, chosen, others, left, repairs)
        return
    for piece in others:
        if piece.source in (chosen.source, cell.shown, cell.source):
            repairs.note(COPY, cell.name)
            left.remove(piece)
        elif cell.solution:
            repairs.note(VERSIONS, cell.name)
        # A changed copy of a given cell or test may hold work of the student's: it stays as a cell of theirs.


def _chosen(cell: ReferenceCell, claimants: list[Piece], near: _Neighbors) -> Piece:
    """Of an answer the last one that is not blank, as when the notebook runs; of given code an unchanged one."""
    if cell.solution:
        return next((p for p in reversed(claimants) if p.source.strip() != cell.shown.strip()), claimants[-1])
    unchanged = [piece for piece in claimants if piece.source == cell.shown]
    return min(unchanged or claimants, key=near.on_the_wrong_side)


def _rejoined(cell: ReferenceCell, claimants: list[Piece], left: list[Piece], repairs: Repairs) -> list[Piece]:
    """Join pieces that are Python only together; a piece may have kept the label, or follows at once without one."""
    kept: list[Piece] = []
    for piece in claimants:
        if piece not in left:
            continue  # it went into the one before
        while (rest := _rest(piece, claimants, left)) is not None:
            piece.source = f"{piece.source.rstrip()}\n{rest.source}"
            left.remove(rest)
            repairs.note(SPLIT, cell.name)
        kept.append(piece)
    return kept


def _rest(piece: Piece, claimants: list[Piece], left: list[Piece]) -> Piece | None:
    """The rest of a piece: what is no Python by itself, or leaves the piece none, but is Python behind it."""
    here = left.index(piece)
    labeled = [other for other in left[here + 1 :] if other in claimants]
    for other in [*left[here + 1 : here + 2], *labeled[:1]]:
        ours = other in claimants or (not other.label and other.cell is None)
        if not ours or other.kind != "code" or not other.source.strip():
            continue
        alone = python(piece.source) is not None and python(other.source) is not None
        if not alone and python(f"{piece.source.rstrip()}\n{other.source}") is not None:
            return other
    return None


def _unite(cell: ReferenceCell, chosen: Piece, others: list[Piece], left: list[Piece], repairs: Repairs) -> None:
    """A person reads a written answer: everything that was written goes into one cell."""
    texts: list[str] = []
    for piece in sorted([chosen, *others], key=lambda piece: piece.position):
        text = piece.source.strip()
        if text != cell.shown.strip() and text not in texts:
            texts.append(text)
    if len(texts) > 1:
        chosen.source = "\n\n".join(texts)
    for piece in others:
        chosen.attachments = piece.attachments | chosen.attachments
        repairs.note(SPLIT if len(texts) > 1 else COPY, cell.name)
        left.remove(piece)
