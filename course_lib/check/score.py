"""The last line of a test cell: adds up its cases, a number for nbgrader, a table for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any

from course_lib.check.cases import LEDGER, Case
from course_lib.check.findings import AuthorError
from course_lib.check.hidden import INSTRUCTOR_ONLY, for_student, withheld
from course_lib.check.html_table import table_html
from course_lib.check.scoreboard import Score, note
from course_lib.check.text_table import points_of, points_text, table_text

# What programs read beside the table that people read; `course check` does.
SCORE_MIME = "application/vnd.cnn-course.score+json"


def score(out_of: float | None = None) -> Score:
    """The points that the cases of this cell earned, as the last line of a test cell. Shows their table.

    `out_of` is the cell's points; without it, the sum over the cases. Raises AuthorError when no case ran, when the
    cases have more points than `out_of`, or fewer although the hidden ones ran too.
    """
    cases = LEDGER.take(sys._getframe(1))
    if not cases:
        raise AuthorError("check.score() found no case in this cell: put the checks in `with check.case(...)` blocks")
    available = _sum(case.points for case in cases)
    if out_of is not None and not 0 < out_of < float("inf"):
        raise AuthorError(f"check.score needs out_of above 0, not {out_of!r}")
    total = available if out_of is None else float(out_of)
    if available > total + 1e-9:
        raise AuthorError(f"the cases of this cell have {points_text(available)} points, more than out_of={out_of!r}")
    rest = total - available if total - available > 1e-9 else 0.0
    if rest and any(case.hidden for case in cases):
        raise AuthorError(
            f"the cases of this cell have {points_text(available)} points in all, less than out_of={out_of!r}"
        )
    if all(case.finding is None for case in cases) and not rest:
        earned = total
    else:
        earned = min(_sum(case.earned for case in cases), total)
    result = Score(earned, total, cases)
    note(result, sys._getframe(1))
    _show(result, _total(result, rest))
    return result


def _sum(numbers: Iterable[float]) -> float:
    return round(math.fsum(numbers), 9)


def _total(result: Score, rest: float) -> str:
    text = f"Score: {points_of(result, result.out_of)}."
    if rest:
        verb = "is" if points_text(rest) == "1" else "are"
        text += f" {points_text(rest)} of them {verb} decided later, by hidden cases."
    return text


def _show(result: Score, total: str) -> None:
    cases = tuple(map(for_student, result.cases))
    text = table_text(cases, total)
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    from IPython.display import display  # only where IPython runs already

    record = {"out_of": result.out_of, "cases": [_record(case) for case in result.cases]}
    display({"text/plain": text, "text/html": table_html(cases, total), SCORE_MIME: record}, raw=True)
    if rest := withheld(result.cases):
        heading = "For the instructor only: the hidden cases in full."
        data = {"text/plain": table_text(rest, heading), "text/html": table_html(rest, heading)}
        display(data, metadata={INSTRUCTOR_ONLY: True}, raw=True)


def _record(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "points": case.points,
        "earned": case.earned,
        "hidden": case.hidden,
        "message": case.message,
    }
