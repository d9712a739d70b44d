"""What of a hidden case a student is told: that it failed, by what kind of error, and the author's own advice.

Whatever the student's code returned or raised there may hold the hidden inputs. So it is for the instructor only.
"""

from __future__ import annotations

from dataclasses import replace

from course_lib.check.cases import Case
from course_lib.check.findings import Finding

INSTRUCTOR_ONLY = "instructor_only"
"""Metadata of an output that is not shown to students: the feedback page leaves it out."""


def for_student(case: Case) -> Case:
    """The case as a student may see it."""
    found = case.finding
    if not case.hidden:
        return case
    if found is None:
        return replace(case, warnings=())
    if found.verdict == "not answered":
        problem = "Not answered yet."
    else:
        problem = case.raised or "The result is not what was expected."
    told = Finding(problem, mistake=found.mistake, hint=found.hint, verdict=found.verdict)
    return replace(case, finding=told, warnings=())


def withheld(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases of which a student is told less than there is to tell."""
    return tuple(case for case in cases if case.hidden and (case.finding or case.warnings))
