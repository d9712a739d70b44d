"""`course due`: when an assignment is due, and for whom it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch.extra_time import factors
from grader.exchange.durations import in_words
from grader.exchange.gradebook import open_gradebook, require_released

NONE = "none"
_RIGHT = 'write it like "2026-11-20 23:59", or "none"'
_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True)
class Dates:
    """What holds for an assignment.

    Attributes:
        due: in UTC, without a time zone, as the gradebook has it.
        extensions: by student.
        extra_time: factors of the time limits, by student.
        changed: whether the due date is another one than before.
    """

    assignment: str
    due: datetime | None
    extensions: dict[str, timedelta]
    extra_time: dict[str, float]
    changed: bool = False


def due(course: CourseDir, assignment: str, date: str = "", timezone: str = "") -> Dates:
    """Set the due date, if one is given, and say what holds.

    Args:
        date: as `moment_of` reads it; `none` for no due date, '' to leave it as it is.
        timezone: in which it is meant; this machine's by default.

    Raises:
        CourseError: the assignment is not in the gradebook, the date or the time zone is none, or an extension needs
            the due date that is to be taken away.
    """
    require_released(course, assignment)
    moment = None if date.strip().lower() in ("", NONE) else moment_of(date, timezone)
    with open_gradebook(course) as gradebook:
        entry = gradebook.find_assignment(assignment)
        extensions = {one.student.id: one.extension for one in entry.submissions if one.extension}
        changed = bool(date.strip()) and entry.duedate != moment
        if changed:
            if moment is None and extensions:  # nbgrader fails on such a submission
                raise CourseError(
                    f"{assignment} has extensions ({', '.join(sorted(extensions))}), which need a due date: take them "
                    "back first, by 0 in the column extension of `course extensions FILE`."
                )
            entry.duedate = moment
            gradebook.db.commit()
        held = factors(gradebook.db.connection(), assignment)
        extra_time = {student: factor for student, factor in sorted(held.items()) if factor != 1}
        return Dates(assignment, entry.duedate, dict(sorted(extensions.items())), extra_time, changed)


def moment_of(text: str, timezone: str = "") -> datetime:
    """Read a moment: `2026-11-20 23:59`, with seconds or an offset from UTC if need be. In UTC, without a time zone.

    Raises:
        CourseError: it is none, the time zone is none, or there are two of them.
    """
    form = _FORM.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(f"{form[1]}T{form[2]}") if form else None
        zone = datetime.strptime(form[3].replace("UTC", "Z"), "%z").tzinfo if form and form[3] else None
    except ValueError as error:
        raise CourseError(f"{text!r} is no date and time ({error}): {_RIGHT}.") from error
    if moment is None:
        raise CourseError(f"{text!r} is no date and time: {_RIGHT}.")
    if zone is not None and timezone:
        raise CourseError(f"{text!r} says its time zone itself: leave out --timezone.")
    return moment.replace(tzinfo=zone or zone_of(timezone)).astimezone(UTC).replace(tzinfo=None)


def zone_of(timezone: str) -> tzinfo | None:
    """The time zone of this name; None, which stands for this machine's, for ''. Raises CourseError for no such one."""
    try:
        return ZoneInfo(timezone) if timezone else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CourseError(f"no time zone is called {timezone!r}: write it like Europe/Berlin or UTC.") from error


def shown_moment(moment: datetime, timezone: str = "") -> str:
    """A moment of the gradebook for people: in a time zone, this machine's by default, and in UTC."""
    there = moment.replace(tzinfo=UTC).astimezone(zone_of(timezone))
    text = f"{there:%Y-%m-%d %H:%M:%S %Z}".replace(":00 ", " ")
    return text if there.utcoffset() == timedelta() else f"{text} ({moment:%Y-%m-%d %H:%M} UTC)"


def due_lines(dates: Dates, timezone: str = "") -> list[str]:
    """What holds for an assignment, in lines."""
    when = f"due {shown_moment(dates.due, timezone)}" if dates.due else "no due date"
    lines = [f"{dates.assignment}: {when}"]
    lines += [f"  {student}: {in_words(span)} more" for student, span in dates.extensions.items()]
    lines += [f"  {student}: time limits times {factor:g}" for student, factor in dates.extra_time.items()]
    return lines + ([f"Late penalties follow with `course grade {dates.assignment}`."] if dates.changed else [])
