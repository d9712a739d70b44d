"""What a test cell reports, and what those of this session have: the last cell of an assignment adds it up."""

from __future__ import annotations

import linecache
import types
from typing import Any

from course_lib.check.calls import BEGIN_HIDDEN, END_HIDDEN, is_module_level
from course_lib.check.cases import Case
from course_lib.check.text_table import points_of


class Score(float):
    """Points earned. Its repr is the bare number, which nbgrader reads as partial credit; never above `out_of`."""

    out_of: float
    cases: tuple[Case, ...]

    def __new__(cls, earned: float, out_of: float, cases: tuple[Case, ...] = ()) -> Score:
        """A score between 0 and out_of."""
        self = super().__new__(cls, earned)
        self.out_of, self.cases = out_of, cases
        return self

    def __repr__(self) -> str:
        """The bare number, e.g. 2.5."""
        return float.__repr__(float(self))

    def _repr_html_(self) -> str:
        return points_of(self, self.out_of)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles keep out_of and cases."""
        return Score, (float(self), self.out_of, self.cases)


_SCORES: dict[str, Score] = {}  # by the source of the cell


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
