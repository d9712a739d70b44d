"""A written answer that was not found, where something stands that may be it: a person decides, nobody gets zero."""

from __future__ import annotations

from course_lib.repair.pieces import Piece

FOUND_HERE = "(The cell of this answer was lost. This stood at its place:)"


def add_what_may_be_it(pieces: list[Piece], lost: Piece) -> bool:
    """Write into the cell that was put back what the student's own cells right before it hold; False if none does.

    It is no blank answer then, so it waits for a person. The cells themselves stay, since they may be code.
    """
    end = pieces.index(lost)
    begin = next((at + 1 for at in range(end - 1, -1, -1) if pieces[at].cell is not None), 0)
    texts = [_quoted(piece) for piece in pieces[begin:end] if piece.source.strip()]
    if not texts:
        return False
    lost.source = "\n\n".join([lost.source.rstrip(), FOUND_HERE, *texts])
    for piece in pieces[begin:end]:
        lost.attachments = piece.attachments | lost.attachments
    return True


def _quoted(piece: Piece) -> str:
    text = piece.source.strip()
    if piece.kind != "code":
        return text
    fence = "`" * 3
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
