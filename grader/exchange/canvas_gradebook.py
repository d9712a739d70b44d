"""Canvas's gradebook as CSV: whose line it is, and which column is the assignment's."""

from __future__ import annotations

import re

from course_lib.errors import CourseError
from grader.exchange.cells_in_place import Sheet
from grader.exchange.lms_list import Line, LmsList, number_in
from grader.exchange.plain_names import plain

_ASSIGNMENT = re.compile(r"(?P<title>.*)\s\((?P<number>\d+)\)", re.DOTALL)
# Totals go by these names, also with a grading period in brackets behind them; the importer leaves them out as well.
_TOTALS = re.compile(r"(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status)")
_HELD_BACK = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_KEYS = ("SIS User ID", "SIS Login ID", "Integration ID")
TEST_STUDENT = "Student, Test"


def canvas_gradebook(sheet: Sheet, assignment: str, column: str = "") -> LmsList | None:
    """The gradebook's lines, and the column of the assignment; None where the file is none.

    Args:
        column: the assignment's title in Canvas, its number, or both as the header has them; found by the name of
            the assignment where it is ''.

    Raises:
        CourseError: it is one, but the column cannot be told or must not be filled.
    """
    header = sheet.values(0)
    if header[0] not in ("Student", "LastName") or not {"ID", "Section"} <= set(header):
        return None
    points = next((row for row in range(1, len(sheet.rows)) if "Points Possible" in sheet.value(row, 0)), None)
    if points is None:
        raise CourseError('the gradebook has no row "Points Possible": export it from Canvas again.')
    grade = _column_of(header, assignment, column)
    maximum = sheet.value(points, grade)
    most = number_in(maximum)
    if most is None:
        raise CourseError(f"the column {header[grade]!r} has {maximum or 'no'} points possible: it cannot be filled.")
    lines = [_line(sheet, row, header, grade) for row in range(1, len(sheet.rows)) if _is_student(sheet, row, points)]
    return LmsList("Canvas", lines, grade, most, decimal_comma="," in maximum)


def _column_of(header: list[str], assignment: str, wanted: str) -> int:
    titles = {
        place: match
        for place, name in enumerate(header)
        if place > header.index("Section") and not _TOTALS.search(name) and (match := _ASSIGNMENT.fullmatch(name))
    }
    if wanted:
        found = [place for place, m in titles.items() if wanted in (m[0], m["number"], m["title"])]
    else:
        names = {plain(assignment), plain(assignment.lstrip("0123456789"))}
        found = [place for place, m in titles.items() if plain(m["title"]) in names]
    if len(found) == 1:
        return found[0]
    there_are = ", ".join(f'"{m[0]}"' for m in titles.values()) or "none of an assignment"
    what = (
        f"{wanted!r} is {'several columns' if found else 'no column'}" if wanted else f"no one column is {assignment}'s"
    )
    raise CourseError(f"{what}: name it with --column; there are {there_are}.")


def _is_student(sheet: Sheet, row: int, points: int) -> bool:
    values = sheet.values(row)
    return row != points and not all(map(_HELD_BACK.fullmatch, values)) and values[0] != TEST_STUDENT


def _line(sheet: Sheet, row: int, header: list[str], grade: int) -> Line:
    parts = [sheet.value(row, place) for place in range(header.index("ID"))]
    keys = {sheet.value(row, header.index(name)).casefold() for name in _KEYS if name in header}
    now = sheet.value(row, grade)
    closed = "" if not now or now == "-" or number_in(now) is not None else f"Canvas has {now} there"
    number = sheet.value(row, header.index("ID"))
    return Line(row, number, ", ".join(parts), frozenset(keys - {""}), closed)
