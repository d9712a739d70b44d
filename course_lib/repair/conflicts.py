"""Conflict marks that version control left in a notebook file: resolved where no answer depends on the choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from course_lib.repair.damage import Damaged
from course_lib.repair.pieces import pieces_of

Load = Callable[[str], dict[str, Any] | None]

_MARK = re.compile(r"^<{7} .*?^>{7} [^\n]*$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(
    r"^<{7} [^\n]*\n(?P<ours>.*?)(?:^\|{7}[^\n]*\n.*?)?^={7}[^\n]*\n(?P<theirs>.*?)^>{7}[^\n]*\n?",
    re.MULTILINE | re.DOTALL,
)


def has_marks(text: str) -> bool:
    """Whether there is a conflict, from its first mark to its last."""
    return bool(_MARK.search(text))


def resolve(text: str, load: Load) -> dict[str, Any]:
    """The notebook, where both sides have the same cells and differ in outputs, counts and the like only.

    Raises:
        Damaged: the sides differ in what a student wrote, or one of them is no notebook.
    """
    ours, theirs = load(_BLOCK.sub(r"\g<ours>", text)), load(_BLOCK.sub(r"\g<theirs>", text))
    if ours is None or theirs is None:
        raise Damaged("version control left conflict marks in the file, and they cannot be resolved")
    mine, other = ([(piece.label, piece.source) for piece in pieces_of(side)] for side in (ours, theirs))
    if mine != other:
        differing = sorted({label or "a cell of the student's own" for label, _ in set(mine) ^ set(other)})
        where = ", ".join(differing[:6]) or "the order of the cells"
        raise Damaged(f"version control left two versions in the file, which differ in {where}")
    return ours
