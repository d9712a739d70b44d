"""`course export --into FILE`: the platform's own file, with the grades of one assignment in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.canvas_gradebook import canvas_gradebook
from grader.exchange.cells_in_place import Sheet, read_sheets
from grader.exchange.collected_from import collected_from
from grader.exchange.export import number
from grader.exchange.gradebook import open_gradebook
from grader.exchange.lms_list import Line, LmsList, Platform, number_in
from grader.exchange.moodle_worksheet import moodle_worksheet
from grader.exchange.roster import Student
from grader.exchange.scores import Row, Scores, scores
from grader.exchange.who_is_who import WhoIsWho, who_is_who
from grader.whole_files import write_named


@dataclass
class FilledIn:
    """The file that was written, and whose grade is in it.

    Attributes:
        filled: students whose grade the file has.
        left_out: students with points whose grade it has not, and why; somebody has to see to these.
        waiting: students who have no grade yet, and why: their cells are as they were.
        strangers: lines of the file of nobody in the gradebook.
        doubtful: lines of the file of which it is not plain whose they are, and why.
        comments: whether there is a column for comments.
        other_comments: students whose comment was written by somebody else, and stays.
    """

    path: Path
    platform: Platform
    filled: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    comments: bool = False
    other_comments: list[str] = field(default_factory=list)


def fill_in(
    course: CourseDir,
    assignment: str,
    file: Path,
    out: Path | None = None,
    *,
    scale: bool = False,
    column: str = "",
) -> FilledIn:
    """Write a copy of Moodle's grading worksheet or Canvas's gradebook that has the grades of `assignment`.

    Args:
        out: the file to write; beside `file` by default.
        scale: convert points to the maximum that the file has.
        column: the assignment in Canvas's gradebook, where its title does not say so.

    Raises:
        CourseError: the assignment or the file is unknown, the maximum differs, or the file cannot be written.
    """
    table = scores(course, assignment)
    sheet, found = _read(file, assignment, column)
    factor = _factor(file, found, table, scale)
    path = out or file.with_name(f"{file.stem}-filled{file.suffix}")
    if path.resolve() == file.resolve():
        raise CourseError(f"{path} is the file that was downloaded, and is kept: give --out another name.")
    known = who_is_who(found, students_of(course), collected_from(course, assignment))
    result = FilledIn(path, found.platform, comments=found.comments is not None)
    result.strangers = [line.shown for line in known.unknown]
    result.doubtful = [f"{doubt.line.shown}: {doubt.why}" for doubt in known.doubtful]
    cells: dict[tuple[int, int], str] = {}
    for row in table.rows:
        line = known.lines.get(row.student)
        if reason := _why_waiting(row):
            if line:
                result.waiting[row.student] = reason
        elif reason := _why_left_out(row, line, known, found, factor):
            result.left_out[row.student] = reason
        elif line:
            result.filled.append(row.student)
            cells |= _new_cells(sheet, found, line, row, table, factor, result)
    write_named(path, sheet.filled(cells))
    return result


def students_of(course: CourseDir) -> list[Student]:
    """The students of the gradebook."""
    with open_gradebook(course) as gradebook:
        return [
            Student(one.id, one.first_name or "", one.last_name or "", one.email or "", one.lms_user_id or "")
            for one in gradebook.students
        ]


def _read(file: Path, assignment: str, column: str) -> tuple[Sheet, LmsList]:
    for sheet in read_sheets(file):
        if found := canvas_gradebook(sheet, assignment, column) or moodle_worksheet(sheet):
            return sheet, found
    raise CourseError(
        f"{file} is neither Moodle's grading worksheet nor Canvas's gradebook. In Moodle: the assignment, "
        "Submissions, Download grading worksheet; in Canvas: Grades, Export Entire Gradebook."
    )


def _factor(file: Path, found: LmsList, table: Scores, scale: bool) -> float:
    if abs(found.maximum - table.max) < 0.005 or not table.max:
        return 1.0
    if not scale:
        raise CourseError(
            f"{file} gives {number(found.maximum)} points at most, and {table.assignment} has {number(table.max)}: set "
            f"{number(table.max)} in {found.platform} and download the file again, or convert the points with --scale."
        )
    return found.maximum / table.max


def _why_waiting(row: Row) -> str:
    """Why a student has no grade yet; a part of the points is none."""
    return {"needs manual grading": "points given by hand are missing"}.get(
        row.status, row.status if row.total is None else ""
    )


def _why_left_out(row: Row, line: Line | None, known: WhoIsWho, found: LmsList, factor: float) -> str:
    if line is None:
        doubtful = any(row.student in doubt.students for doubt in known.doubtful)
        return "it is not plain which line is theirs" if doubtful else "not in the file"
    if line.closed:
        return line.closed
    if found.platform == "Moodle" and (row.total or 0) * factor > found.maximum + 0.005:
        return "more than the maximum: Moodle would leave it out and not say so; enter it by hand"
    return ""


def _new_cells(
    sheet: Sheet, found: LmsList, line: Line, row: Row, table: Scores, factor: float, result: FilledIn
) -> dict[tuple[int, int], str]:
    """The cells of one line that change; a grade that stands there already stays as it is written."""
    cells = {}
    points = number((row.total or 0) * factor)
    if number_in(sheet.value(line.row, found.grade)) != float(points):
        cells[line.row, found.grade] = points.replace(".", ",") if found.decimal_comma else points
    if found.comments is not None:
        before, comment = sheet.value(line.row, found.comments), _comment(row, table)
        if before and not _is_ours(before, table):
            result.other_comments.append(row.student)
        elif before != comment:
            cells[line.row, found.comments] = comment
    return cells


def _comment(row: Row, table: Scores) -> str:
    """The points of each exercise in a line."""
    parts = ", ".join(f"{one.name} {number(row.points[one.name])}/{number(one.points)}" for one in table.exercises)
    return f"{parts}; late: -{number(row.penalty)}" if row.penalty else parts


def _is_ours(comment: str, table: Scores) -> bool:
    """Whether a comment is one of an earlier export: it may be replaced."""
    parts = ", ".join(rf"{re.escape(one.name)} [\d.]+/[\d.]+" for one in table.exercises)
    return re.fullmatch(rf"{parts}(?:; late: -[\d.]+)?", comment) is not None
