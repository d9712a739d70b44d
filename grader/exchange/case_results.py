"""How the cases of a graded test cell went, read from the record that `check.score` left in its outputs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from course_lib.check.hidden import INSTRUCTOR_ONLY
from course_lib.check.score import SCORE_MIME
from grader.engine.tester.withheld import IN_HIDDEN

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ROUNDING = 1e-6


@dataclass(frozen=True)
class CaseResult:
    """How one case of a test cell went.

    Attributes:
        name: '' where the whole cell is one case.
        points: earned.
        out_of: the most that it gives.
        hidden: whether it stands in the hidden part, or failed there.
        message: what the instructor is told of a failure, in lines; '' where nothing failed or nothing is told.
    """

    name: str
    points: float
    out_of: float
    hidden: bool
    message: str

    @property
    def failed(self) -> bool:
        """Whether it gave less than it could."""
        return self.points < self.out_of - _ROUNDING


def case_results(cell: NotebookNode) -> list[CaseResult]:
    """The cases of a test cell of an autograded notebook, in order; none of a cell that a person grades.

    A cell without cases, or one that ended before its score, is one case without a name.
    """
    earned, out_of = determine_grade(cell)
    if earned is None or cell.cell_type != "code":
        return []
    return _recorded(cell, earned) or [_as_one(cell, earned, out_of)]


def _recorded(cell: NotebookNode, earned: float) -> list[CaseResult]:
    """The cases of the last record; none where it does not add up to what was earned, as in a test that ended later."""
    records = [output.data[SCORE_MIME] for output in cell.outputs if SCORE_MIME in output.get("data", {})]
    try:
        cases = [_case(one) for one in records[-1]["cases"]] if records else []
    except (KeyError, TypeError, ValueError):  # a test in one kernel shows what the answer makes it show
        return []
    total = math.fsum(case.points for case in cases)
    return cases if math.isclose(total, earned, abs_tol=_ROUNDING) else []


def _case(record: dict[str, Any]) -> CaseResult:
    name, message, hidden = record["name"], record["message"], record["hidden"]
    points, out_of = float(record["earned"]), float(record["points"])
    if not (isinstance(name, str) and isinstance(message, str) and isinstance(hidden, bool) and 0 <= points <= out_of):
        raise ValueError(f"not a record of check.score: {record!r}")
    return CaseResult(name, points, out_of, hidden, message)


def _as_one(cell: NotebookNode, earned: float, out_of: float) -> CaseResult:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return CaseResult("", earned, out_of, False, "")
    told = _ANSI.sub("", f"{errors[-1].ename}: {errors[-1].evalue}".rstrip(": "))
    if errors[-1].evalue == IN_HIDDEN:
        return CaseResult("", earned, out_of, True, _kept_for_instructor(cell) or told)
    return CaseResult("", earned, out_of, False, told)


def _kept_for_instructor(cell: NotebookNode) -> str:
    """The last line of the traceback of a hidden part."""
    shown = [output for output in cell.outputs if output.get("metadata", {}).get(INSTRUCTOR_ONLY)]
    text = str(shown[-1].get("data", {}).get("text/plain", "")) if shown else ""
    return _ANSI.sub("", text.strip()).rpartition("\n")[2]
