"""When submissions were handed in, as a class list or a download says, and where that is to be doubted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nbgrader.utils import parse_utc

from course_lib.repair.damage import Damaged
from grader.course_dir import CourseDir
from grader.exchange.archive import UNKNOWN_TIME
from grader.exchange.batch.handed_in_at import handed_in_at
from grader.exchange.batch.late import seconds_late
from grader.exchange.collected import Upload
from grader.exchange.gradebook import find_or_none
from grader.exchange.written_dates import written_date

_TIME_TO_PACK = timedelta(minutes=10)
"""As long as a platform may need to pack a download."""
BY_HAND = "write the time into timestamp.txt beside the notebook, like 2026-11-20 10:00:00 UTC"
PACKED = (
    "No times of submission are noted: three or more files lie within ten minutes, so that these may be the times of "
    "packing. If they are those of the submissions, collect again with --times. In Moodle, the grading worksheet "
    "has the right times: give it as --roster."
)


def time_stamp(time: datetime) -> str:
    """A time in the form that nbgrader's own collecting gives it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


class SubmissionTimes:
    """Which time is noted for each student, and what is said of that.

    A penalty by a wrong time is unfair: what a platform's download says may be when it was packed.

    Attributes:
        listed: whether the class list says the times.
        put_away: whether times that were noted earlier go, too.
    """

    def __init__(
        self, latest: Mapping[str, Iterable[Upload]], listed: Mapping[str, str] | None, times: bool | None
    ) -> None:
        """Take the times of the class list, where it has them, else of the files.

        Args:
            latest: the files that count, by student.
            listed: what the class list says, by student; None where it has no times.
            times: whether the times of files are those of the submissions; None believes them, unless they lie
                so close together that they may be those of packing.
        """
        self.put_away = times is False
        self.listed = listed is not None and not self.put_away
        self._listed = {student: (listed or {}).get(student, "") for student in latest}
        last = {student: max(of_one, key=_time) for student, uploads in latest.items() if (of_one := _known(uploads))}
        of_all = {upload.entry.path: _time(upload) for upload in last.values()}  # a group's is one
        self.of_packing = times is None and not self.listed and _are_of_packing(of_all.values())
        self._unsure = last.keys() if self.of_packing else set()

    def of(self, student: str, modified: datetime) -> datetime | None:
        """What is noted for a student: UNKNOWN_TIME where it is not known, None where an earlier one goes.

        Args:
            modified: the latest time of the files.
        """
        if self.put_away:
            return None
        if not self.listed:
            return UNKNOWN_TIME if student in self._unsure else modified
        try:
            return written_date(self._listed[student])
        except ValueError:
            return UNKNOWN_TIME

    def said(self) -> list[str]:
        """What an instructor has to know about the times."""
        if self.of_packing:
            return [PACKED]
        if not self.listed:
            return []
        zone = datetime.now().astimezone().tzname()
        found = [f"The times of submission are those of the class list, in this machine's time zone ({zone})."]
        without = sorted(student for student, text in self._listed.items() if text in ("", "-"))
        if without:
            found.append(f"The class list has no time for {', '.join(without)}: download it again, or {BY_HAND}.")
        for student, text in self._listed.items():
            if student not in without and self.of(student, UNKNOWN_TIME) == UNKNOWN_TIME:
                found.append(f"The time that the class list has for {student} is not plain ({text}): {BY_HAND}.")
        return found


def _time(upload: Upload) -> datetime:
    return upload.entry.modified


def _known(uploads: Iterable[Upload]) -> list[Upload]:
    """Those that a platform packed, with a time."""
    return [one for one in uploads if one.owner.platform != "folders" and _time(one) != UNKNOWN_TIME]


def _are_of_packing(times: Iterable[datetime]) -> bool:
    """Whether three lie so close together that a platform may have written when it packed them."""
    known = sorted(times)
    return any(third - first <= _TIME_TO_PACK for first, third in zip(known, known[2:], strict=False))


def compare_with_marks(course: CourseDir, gradebook: Any, assignment: str, late: Mapping[str, bool]) -> list[str]:
    """Where the platform's mark of lateness and the time that was noted say different things, in a sentence each.

    Args:
        late: whether the platform marks a student's submission as late.
    """
    due = gradebook.find_assignment(assignment).duedate
    found, without = [], []
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
            without.append(student)
    if without:
        found.append(
            f"marked late, but without a time, and so without a penalty: {', '.join(without)}. For each, {BY_HAND}; "
            "or grant a later due date (course extensions)"
        )
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
