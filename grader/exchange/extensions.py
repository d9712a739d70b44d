"""`course extensions`: later due dates and extra time of single students, from a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import extra_time
from grader.exchange.csv_lines import csv_lines
from grader.exchange.durations import in_words, span_of
from grader.exchange.gradebook import find_or_none, open_gradebook

COLUMNS = "student_id, assignment, extension, extra_time"
_MOST = 100


@dataclass(frozen=True)
class Grant:
    """A line of the table.

    Attributes:
        assignment: `*` stands for all, where there is no extension.
        extension: what is added to the due date; None leaves it as it is.
        factor: of the time limits; None leaves it as it is.
    """

    line: int
    student: str
    assignment: str
    extension: timedelta | None
    factor: float | None


@dataclass(frozen=True)
class Change:
    """Something that is another one than before."""

    student: str
    assignment: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """In a line."""
        where = "all assignments" if self.assignment == extra_time.ALL else self.assignment
        return f"{self.student}, {where}: {self.what} {self.after} (before: {self.before})"


def grant(
    course: CourseDir, path: Path, *, named: Callable[[str], str] = str, dry: bool = False
) -> tuple[list[Change], int]:
    """Enter the extensions and factors of a table; what has changed, and how many of its lines change nothing.

    Args:
        named: gives the full name of an assignment.
        dry: only say what would change.

    Raises:
        CourseError: the table cannot be read, or a line of it cannot be meant; nothing is entered then.
    """
    grants = read_grants(path, named)
    with open_gradebook(course) as gradebook:
        for one in grants:
            _require_known(gradebook, path, one)
        found = [_changes(gradebook, one) for one in grants]
        if not dry:
            for one in grants:
                _enter(gradebook, one)
            gradebook.db.commit()
    return [change for changes in found for change in changes], sum(not changes for changes in found)


def read_grants(path: Path, named: Callable[[str], str] = str) -> list[Grant]:
    """Read the table.

    Raises:
        CourseError: it cannot be read, lacks a column, or a line of it is wrong.
    """
    grants: dict[tuple[str, str], Grant] = {}
    for line, values in csv_lines(path):
        if not {"student_id", "assignment"} <= values.keys() or not {"extension", "extra_time"} & values.keys():
            raise CourseError(f"{path} needs the columns {COLUMNS} (one of the last two may be left out).")
        try:
            one = _grant(line, values, named)
        except (ValueError, CourseError) as error:
            raise CourseError(f"{path}, line {line}: {str(error).rstrip('.')}.") from error
        twin = grants.setdefault((one.student, one.assignment), one)
        if twin is not one:
            raise CourseError(f"{path}, line {line}: {one.student} has {one.assignment} in line {twin.line} already.")
    if not grants:
        raise CourseError(f"{path} has no lines: it needs the columns {COLUMNS}.")
    return list(grants.values())


def granted_lines(changes: Sequence[Change], unchanged: int, *, dry: bool) -> list[str]:
    """What has changed, and what follows from it, in lines."""
    title = f"{len(changes)} {'would change' if dry else 'changed'}, {unchanged} of the table as before"
    lines = [f"{title}{':' if changes else '.'}", *(f"  {change}" for change in changes)]
    if changes and not dry:
        lines.append("Both take effect with `course grade ASSIGNMENT`: who has other time limits is graded again.")
    return lines


def _grant(line: int, values: dict[str, str], named: Callable[[str], str]) -> Grant:
    student, assignment = values["student_id"], values["assignment"]
    extension, factor = values.get("extension", ""), values.get("extra_time", "")
    if not student or not assignment:
        raise ValueError("there is no student_id" if not student else "there is no assignment")
    if not extension and not factor:
        raise ValueError("there is neither an extension nor extra_time: write 0 or 1 to take one back")
    if assignment == extra_time.ALL and extension:
        raise ValueError("an extension belongs to one assignment; * stands for all of them in extra_time only")
    return Grant(
        line,
        student,
        assignment if assignment == extra_time.ALL else named(assignment),
        span_of(extension) if extension else None,
        _factor_of(factor) if factor else None,
    )


def _factor_of(text: str) -> float:
    wrong = f"{text!r} is no factor of the time limits: write 1.5 for half as much time again, 1 for none"
    try:
        factor = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(wrong) from None
    if not 1 <= factor <= _MOST:
        raise ValueError(wrong)
    return factor


def _require_known(gradebook: Any, path: Path, one: Grant) -> None:
    where = f"{path}, line {one.line}"
    if find_or_none(gradebook.find_student, one.student) is None:
        raise CourseError(
            f"{where}: no student of the gradebook is called {one.student!r}: `course collect ASSIGNMENT DOWNLOAD "
            "--roster FILE` enters a class list, `nbgrader db student add` one student."
        )
    if one.assignment == extra_time.ALL:
        return
    entry = find_or_none(gradebook.find_assignment, one.assignment)
    if entry is None or not entry.notebooks:
        raise CourseError(
            f"{where}: {one.assignment} is not in the gradebook: run `course release {one.assignment}` first."
        )
    if one.extension and entry.duedate is None:
        raise CourseError(
            f"{where}: {one.assignment} has no due date to extend: set it first, by `course due {one.assignment} DATE`."
        )


def _changes(gradebook: Any, one: Grant) -> list[Change]:
    found = []
    if one.extension is not None:
        submission = find_or_none(gradebook.find_submission, one.assignment, one.student)
        before = (submission.extension if submission else None) or timedelta()
        if before != one.extension:
            found.append(
                Change(one.student, one.assignment, "extension", _span(before), _span(one.extension)),
            )
    if one.factor is not None:
        held = extra_time.factors(gradebook.db.connection(), one.assignment).get(one.student, 1.0)
        if held != one.factor:
            found.append(Change(one.student, one.assignment, "time limits", _times(held), _times(one.factor)))
    return found


def _span(extension: timedelta) -> str:
    return in_words(extension) if extension else "none"


def _times(factor: float) -> str:
    return "as for all" if factor == 1 else f"times {factor:g}"


def _enter(gradebook: Any, one: Grant) -> None:
    if one.extension is not None:
        submission = find_or_none(gradebook.find_submission, one.assignment, one.student)
        if submission is None and one.extension:
            submission = _empty_submission(gradebook, one)
        if submission is not None:
            submission.extension = one.extension or None
    if one.factor is not None:
        extra_time.put(gradebook.db.connection(), one.assignment, one.student, one.factor)


def _empty_submission(gradebook: Any, one: Grant) -> Any:
    """Where the gradebook keeps the extension of a student who has handed in nothing; nobody needs to look at it."""
    with gradebook.db.no_autoflush:
        submission = gradebook.add_submission(one.assignment, one.student)
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            grade.needs_manual_grade = False
    return submission
