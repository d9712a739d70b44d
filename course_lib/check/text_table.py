"""The table of cases as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from course_lib.check.cases import Case
from course_lib.check.finding_text import finding_text
from course_lib.check.findings import Finding

MARKS = {"passed": "✓", "failed": "✗", "not answered": "○"}


def points_text(points: float) -> str:
    """Points without a needless fraction: 2, 0.5, 1.33."""
    return f"{round(points, 2):g}"


def points_of(earned: float, points: float) -> str:
    """`0 of 2 points`."""
    return f"{points_text(earned)} of {points_text(points)} {'point' if points == 1 else 'points'}"


def told(cases: Sequence[Case]) -> Iterator[tuple[Case, Finding | None]]:
    """Each case with what to tell about it. An exercise that is not answered is told once, not in every case."""
    before: Finding | None = None
    for case in cases:
        repeated = case.verdict == "not answered" and case.finding == before
        yield case, None if repeated else case.finding
        before = case.finding


def table_text(cases: Sequence[Case], total: str) -> str:
    """One line per case; below a case that is not passed, what was found."""
    width = max(len(case.name) for case in cases)
    verdicts = max(len(case.verdict) for case in cases)
    lines = []
    for case, finding in told(cases):
        points = points_of(case.earned, case.points) + ("  (hidden)" if case.hidden else "")
        lines.append(f"{MARKS[case.verdict]} {case.verdict:<{verdicts}}  {case.name:<{width}}  {points}")
        if finding:
            lines += textwrap.indent(finding_text(finding), "    ").splitlines()
        lines += [f"    warning: {text}" for text in case.warnings]
    return "\n".join([*lines, total])
