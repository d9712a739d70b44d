"""What the test cells of this session have reported, by their source: the last cell of an assignment adds it up."""

from __future__ import annotations

import linecache
import types
from typing import TYPE_CHECKING

from course_lib.check.calls import BEGIN_HIDDEN, END_HIDDEN, is_module_level

if TYPE_CHECKING:
    from course_lib.check.score import Score

_SCORES: dict[str, Score] = {}


def note(score: Score, frame: types.FrameType) -> None:
    """Keep the score of the cell that `frame` belongs to; an earlier one of the same cell is forgotten."""
    while frame.f_back is not None and not is_module_level(frame):
        frame = frame.f_back
    if lines := linecache.getlines(frame.f_code.co_filename):
        _SCORES[_public("".join(lines))] = score


def any_noted() -> bool:
    """Whether a test cell has reported anything in this session."""
    return bool(_SCORES)


def noted(source: str) -> Score | None:
    """The last score of the test cell with this source; None when it did not run, or was changed."""
    return _SCORES.get(_public(source))


def _public(source: str) -> str:
    """The source without its hidden tests: an instructor's notebook has them, the students' has not."""
    kept: list[str] = []
    hidden = False
    for line in source.strip().split("\n"):
        hidden = hidden or BEGIN_HIDDEN in line
        if not hidden:
            kept.append(line.rstrip())
        hidden = hidden and END_HIDDEN not in line
    return "\n".join(kept)
