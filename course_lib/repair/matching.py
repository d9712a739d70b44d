"""Which cell of a submission is which of the assignment: by grade_id, then by id, then by content."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from rapidfuzz import fuzz

from course_lib.repair.damage import UNLABELLED, Repairs
from course_lib.repair.pieces import Piece, python
from course_lib.repair.reference import Reference, ReferenceCell

ALIKE = 85.0
"""Per cent of likeness from which a cell without label is taken for a given one."""
FOREIGN = 50.0
"""Per cent of likeness below which the label of a given cell is not believed where the content is another one's."""

LONGEST = 50_000
"""Characters of a cell that can be an answer; longer ones are compared for equality only."""

Claims = dict[str, list[Piece]]
"""By grade_id: the cells of the submission that are this one, or claim to be."""


def claims(pieces: list[Piece], reference: Reference, repairs: Repairs) -> Claims:
    """Recognize the cells. A cell may have several claimants, in the order of the notebook, when it was copied."""
    signs = _Signs(reference)
    found: Claims = {}
    for piece in pieces:
        cell = reference.by_name.get(piece.label)
        if cell is not None and not signs.contradict(piece, cell):
            found.setdefault(cell.name, []).append(piece)
    _by_id(_unclaimed(pieces, found), found, reference, signs, repairs)
    _by_content(_unclaimed(pieces, found), found, reference, repairs)
    _by_place(pieces, found, reference, repairs)
    return found


def defined(source: str) -> set[str]:
    """The functions and classes that a code cell defines at its top level."""
    tree = python(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)} if tree else set()


class _Signs:
    """Signs that a cell is not what its label says: an answer under a test's label, a test under an answer's.

    Restoring by such a label would wipe out the answer.
    """

    def __init__(self, reference: Reference) -> None:
        self._given = {cell.shown: cell.name for cell in reference.cells if cell.locked and cell.kind == "code"}
        self._own = {cell.name: defined(cell.source) for cell in reference.cells if cell.solution}
        self._answers = {function: name for name, functions in self._own.items() for function in functions}

    def contradict(self, piece: Piece, cell: ReferenceCell) -> bool:
        """Whether the content of a piece says that it is not this cell."""
        if piece.source == cell.shown:
            return False
        functions = defined(piece.source)
        other = any(self._answers.get(function, cell.name) != cell.name for function in functions)
        if cell.solution:
            given = self._given.get(piece.source, cell.name) != cell.name
            return given or (other and bool(self._own[cell.name]) and not functions & self._own[cell.name])
        return other and fuzz.ratio(piece.source, cell.shown) < FOREIGN


def _by_id(pieces: Iterable[Piece], found: Claims, reference: Reference, signs: _Signs, repairs: Repairs) -> None:
    ids = {cell.id: cell for cell in reference.cells} | {cell.name: cell for cell in reference.cells}
    for piece in pieces:
        cell = ids.get(piece.id)
        if cell is not None and cell.name not in found and not signs.contradict(piece, cell):
            _claim(piece, cell, found, repairs)


def _by_content(pieces: list[Piece], found: Claims, reference: Reference, repairs: Repairs) -> None:
    """Give each cell that is still missing the piece that is most like it, the best pairs first."""
    missing = [cell for cell in reference.cells if cell.name not in found]
    pairs = [
        (likeness, piece.position, piece, cell)
        for cell in missing
        for piece in pieces
        if (likeness := _likeness(piece, cell)) >= ALIKE
    ]
    taken: set[int] = set()
    # Of several definitions of a function the last one counts, as it does when the notebook runs.
    for _, position, piece, cell in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        if cell.name not in found and position not in taken:
            taken.add(position)
            _claim(piece, cell, found, repairs)


def _likeness(piece: Piece, cell: ReferenceCell) -> float:
    if piece.source == cell.shown:
        return 101.0
    if len(piece.source) > LONGEST:
        return 0.0
    if cell.solution and cell.kind == "code":
        wanted = defined(cell.source)
        return 100.0 if wanted and wanted <= defined(piece.source) else fuzz.ratio(piece.source, cell.shown)
    if cell.solution:  # a written answer stands below its question, or in it
        question = cell.shown.strip().split("\n")[0]
        return float(fuzz.partial_ratio(question, piece.source)) if len(question) > 20 else 0.0
    return float(fuzz.ratio(piece.source, cell.shown, score_cutoff=ALIKE))


def _by_place(pieces: list[Piece], found: Claims, reference: Reference, repairs: Repairs) -> None:
    """A written answer that lost its label and its question: the only new text between the cells around it.

    Some programs make another kind of cell of it, which is none of the student's code if it is no Python.
    """
    here = {claimants[0].position: reference.order[name] for name, claimants in found.items()}
    if not any(reference.by_name[name].is_core for name in found):
        return  # it is another notebook
    for cell in reference.cells:
        if cell.name in found or not (cell.solution and cell.kind == "markdown"):
            continue
        place = reference.order[cell.name]
        before = max((position for position, order in here.items() if order < place), default=-1)
        after = min((position for position, order in here.items() if order > place), default=len(pieces))
        between = [p for p in _unclaimed(pieces, found) if before < p.position < after and _is_text(p)]
        if len(between) == 1:
            _claim(between[0], cell, found, repairs)


def _is_text(piece: Piece) -> bool:
    return bool(piece.source.strip()) and (piece.kind != "code" or python(piece.source) is None)


def _claim(piece: Piece, cell: ReferenceCell, found: Claims, repairs: Repairs) -> None:
    found[cell.name] = [piece]
    if cell.is_core or cell.is_given:
        repairs.note(UNLABELLED, cell.name)


def _unclaimed(pieces: list[Piece], found: Claims) -> list[Piece]:
    claimed = {id(piece) for claimants in found.values() for piece in claimants}
    return [piece for piece in pieces if id(piece) not in claimed]
