"""`course export`: the gradebook as CSV, for a spreadsheet or a learning platform."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.durations import in_words
from grader.exchange.gradebook import open_gradebook
from grader.exchange.scores import Row, Scores, scores
from grader.whole_files import write_named, write_whole

LEADING = (
    "assignment",
    "student_id",
    "first_name",
    "last_name",
    "status",
    "isolation",
    "needs_manual_grading",
    "total",
    "max",
    "raw_score",
    "late_submission_penalty",
    "due_date",
    "extension",
    "submitted_at",
)


@dataclass(frozen=True)
class Export:
    """The file that was written, and what is in it."""

    path: Path
    scores: list[Scores]


def export(course: CourseDir, assignment: str | None = None, out: Path | None = None) -> Export:
    """Write a line per student and assignment: status, dates (UTC), total and points. Unknown points stay empty.

    Args:
        assignment: the only one to write; all in the gradebook by default.
        out: the file; `grades.csv` among the course's work by default.

    Raises:
        CourseError: the assignment is unknown, nothing is in the gradebook, or the file cannot be written.
    """
    with open_gradebook(course) as gradebook:
        released = sorted(entry.name for entry in gradebook.assignments if entry.notebooks)
    if assignment is None and not released:
        raise CourseError("the gradebook is empty: run `course release ASSIGNMENT` first.")
    tables = [scores(course, name) for name in ([assignment] if assignment else released)]
    path = out or course.grades
    # With a mark at its beginning, without which spreadsheets garble accents.
    content = _csv_text(tables).encode("utf-8-sig")
    if out is None:
        write_whole(path.resolve(), content)
    else:
        write_named(path, content)
    return Export(path, tables)


def _csv_text(tables: list[Scores]) -> str:
    exercises = [exercise.name for table in tables for exercise in table.exercises]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*LEADING, *dict.fromkeys(exercises)], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_csv_lines(tables))
    return text.getvalue()


def _csv_lines(tables: Iterable[Scores]) -> Iterable[dict[str, str]]:
    for table in tables:
        for row in table.rows:
            yield _csv_line(table, row)


def _csv_line(table: Scores, row: Row) -> dict[str, str]:
    line = {
        "assignment": table.assignment,
        "student_id": _text_and_no_formula(row.student),
        "first_name": _text_and_no_formula(row.first_name),
        "last_name": _text_and_no_formula(row.last_name),
        "status": row.status,
        "isolation": "" if row.total is None else str(row.isolation),
        "needs_manual_grading": "yes" if row.status == "needs manual grading" else "no",
        "total": number(row.total),
        "max": number(table.max),
        "raw_score": number(row.raw),
        "late_submission_penalty": "" if row.raw is None else number(row.penalty),
        "due_date": str(row.due or ""),
        "extension": in_words(row.extension) if row.extension else "",
        "submitted_at": str(row.submitted_at or ""),
    }
    graded = row.total is not None
    return line | {name: number(points) if graded else "" for name, points in row.points.items()}


def _text_and_no_formula(value: str) -> str:
    """A name as a spreadsheet must read it: one that begins like a formula would be run."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


def number(value: float | None) -> str:
    """Points without needless zeros; '' for none."""
    return "" if value is None else f"{round(value, 2):g}"
