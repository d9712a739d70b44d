"""When submissions were handed in, as the times in a download say, and where these times are to be doubted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nbgrader.utils import parse_utc

from course_lib.repair.damage import Damaged
from grader.course_dir import CourseDir
from grader.exchange.archive import UNKNOWN_TIME
from grader.exchange.batch.handed_in_at import handed_in_at
from grader.exchange.batch.late import seconds_late
from grader.exchange.gradebook import find_or_none

_TIME_TO_PACK = timedelta(minutes=10)
"""As long as a platform may need to pack a download."""


def time_stamp(time: datetime) -> str:
    """A time in the form that nbgrader's own collecting gives it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def compare_with_marks(course: CourseDir, gradebook: Any, assignment: str, late: Mapping[str, bool]) -> list[str]:
    """Where the platform's mark of lateness and the time that was noted say different things, in a sentence each.

    Args:
        late: whether the platform marks a student's submission as late.
    """
    due = gradebook.find_assignment(assignment).duedate
    found = []
    for student, marked in late.items() if due else ():
        submission = find_or_none(gradebook.find_submission, assignment, student)
        try:
            text = handed_in_at(course.submitted(assignment, student).parent)
        except (Damaged, OSError):  # grading names it
            continue
        seconds = seconds_late(parse_utc(text), due, submission.extension if submission else None) if text else 0.0
        if marked and text and not seconds:
            found.append(f"{student} is marked as late, but the file's time is not after the due date: {text}")
        elif seconds and not marked:
            found.append(f"{student} is not marked as late, but the file's time is after the due date: {text}")
        elif marked and not text:
            found.append(f"{student} is marked as late, but the file has no time: write it into timestamp.txt")
    return found


def older_than_collected(course: CourseDir, assignment: str, student: str, when: datetime | None) -> list[str]:
    """A sentence where what is there was handed in later than `when`: an earlier download is being collected."""
    try:
        text = handed_in_at(course.submitted(assignment, student).parent)
    except (Damaged, OSError):  # grading names it
        return []
    there = parse_utc(text) if text else None
    if there is None or when in (None, UNKNOWN_TIME) or there <= parse_utc(time_stamp(when)):
        return []
    return [
        f"{student}: the file of this download is older ({time_stamp(when)}) than the one that it replaces ({text}). "
        "If this is an earlier download, collect the latest one again"
    ]


def doubtful_times(times: Sequence[datetime]) -> list[str]:
    """A sentence about times that are all about the same: a platform may write when it packed the download."""
    known = sorted(time for time in times if time != UNKNOWN_TIME)
    if len(known) < 3 or known[-1] - known[0] > _TIME_TO_PACK:
        return []
    return [
        f"All files have about the same time ({known[0]:%Y-%m-%d %H:%M} UTC). If that is when the download was made, "
        "collect again with --no-times: otherwise it counts as the time of submission."
    ]
