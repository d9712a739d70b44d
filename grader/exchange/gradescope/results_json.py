"""What Gradescope shows of a graded submission: one test for each case, as its `results.json` has it.

A student sees the cases that stand in the notebook at once. Hidden ones are `after_published`: they appear when the
instructor publishes the grades, and until then Gradescope shows no total. Shown at the due date they would help those
who hand in late, and a test that is `hidden` for good would hide the total for good.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade

from course_lib.check.calls import BEGIN_HIDDEN
from course_lib.check.score import SCORE_MIME
from course_lib.check.text_table import MARKS
from course_lib.repair.reference import Reference, ReferenceCell
from grader.engine.notes import name_of
from grader.exchange.batch.worker import Verdict
from grader.exchange.case_results import CaseResult, case_results
from grader.exchange.printable import printable
from grader.exchange.redact import RedactHidden

MOST_TEXT = 20_000
"""Characters of one test's output."""
VISIBLE, LATER = "visible", "after_published"


def results_of(graded: Sequence[tuple[Reference, Verdict]]) -> dict[str, Any]:
    """The results of an assignment's notebooks, which are graded or damaged."""
    tests: list[dict[str, Any]] = []
    told: list[str] = []
    exercise = 0
    for reference, verdict in graded:
        before = f"{reference.notebook}: " if len(graded) > 1 else ""
        told += [f"{before}{line}" for line in _told(verdict)]
        cells = _as_students_may_see_them(verdict)
        for cell in (one for one in reference.cells if one.is_test):
            exercise += 1
            for place, case in enumerate(_cases(cell, cells.get(cell.name), verdict), start=1):
                tests.append(_test(case, f"{before}{cell.name.removesuffix('_tests')}", f"{exercise}.{place}"))
    score = math.fsum(points or 0 for _, verdict in graded for points in (verdict.points or {}).values())
    return {
        "score": round(score, 9),
        "output": _text("\n".join(told)),
        "visibility": VISIBLE,
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _told(verdict: Verdict) -> Iterator[str]:
    if verdict.failure:
        yield f"It was not graded: {verdict.reason}."
        return
    if verdict.repairs:
        yield "Your notebook was repaired before it was graded:"
    yield from (f"- {line}" for line in verdict.repairs)
    yield from verdict.notes
    yield verdict.isolation.remark


def _as_students_may_see_them(verdict: Verdict) -> dict[str, NotebookNode]:
    """The graded cells, by name, as on a feedback page."""
    if not verdict.text:
        return {}
    shown, _ = RedactHidden().preprocess(nbformat.reads(verdict.text, as_version=4), {})
    return {name_of(cell): cell for cell in shown.cells if is_grade(cell)}


def _cases(exercise: ReferenceCell, cell: NotebookNode | None, verdict: Verdict) -> list[CaseResult]:
    """How the cases of a test went; `message` is what its student is told."""
    if cell is None:
        return [CaseResult("", 0.0, exercise.points, False, "It was not graded.")]
    if (verdict.points or {}).get(exercise.name) is None:
        return [CaseResult("", 0.0, exercise.points, False, "Its points are given by a person.")]
    cases = case_results(cell)
    if len(cases) == 1 and not cases[0].name:
        # Passed, or failed in the hidden part: until the grades are published that must look the same.
        only_public = cases[0].failed and not cases[0].hidden
        return [replace(cases[0], hidden=BEGIN_HIDDEN in exercise.source and not only_public)]
    table = _told_in_table(cell)
    return [replace(case, message=table.get(case.name, "")) for case in cases]


def _told_in_table(cell: NotebookNode) -> dict[str, str]:
    """What the table below a test tells of each case that failed: less than the record where the case is hidden."""
    tables = [output.data for output in cell.outputs if SCORE_MIME in output.get("data", {})]
    lines = str(tables[-1].get("text/plain", "")).split("\n") if tables else []
    names = [str(one["name"]) for one in tables[-1][SCORE_MIME]["cases"]] if tables else []
    heads = [place for place, line in enumerate(lines) if line.startswith(tuple(MARKS.values()))]
    ends = [*heads[1:], len(lines) - 1]  # the last line has the score
    if len(heads) != len(names):
        return {}
    texts = ("\n".join(lines[head + 1 : end]) for head, end in zip(heads, ends, strict=True))
    return {name: textwrap.dedent(text) for name, text in zip(names, texts, strict=True)}


def _test(case: CaseResult, exercise: str, number: str) -> dict[str, Any]:
    return {
        "name": printable(f"{exercise}: {case.name}" if case.name else exercise),
        "number": number,
        "score": case.points,
        "max_score": case.out_of,
        "status": "failed" if case.failed else "passed",
        "output": _text(case.message),
        "visibility": LATER if case.hidden else VISIBLE,
    }


def _text(text: str) -> str:
    """Lines without control characters, and not too many: what an answer raised may stand in there."""
    told = "\n".join(map(printable, text.split("\n"))).strip("\n")
    return told if len(told) <= MOST_TEXT else f"{told[:MOST_TEXT]}\n(cut off)"
