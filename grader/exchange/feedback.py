"""`course feedback`: a page per student that shows what failed and the hint, and no hidden test."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import graded, students_with
from grader.exchange.converter import convert, escaped, log_file
from grader.exchange.gradebook import notebooks_of, open_gradebook, require_released
from grader.exchange.reasons import reason
from grader.whole_files import cannot_write, is_full, replace_folder

Progress = Callable[[str, int, int], None]
"""Called before each page with the student, how many are done and how many there are."""


@dataclass(frozen=True)
class FeedbackReport:
    """The pages that were written, by student (the folder of several), and who has none and why."""

    assignment: str
    folder: Path
    pages: dict[str, Path] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def feedback(
    course: CourseDir,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
) -> FeedbackReport:
    """Write the feedback pages of `assignment` from the graded notebooks; points given by hand are in them.

    Raises:
        CourseError: the assignment or a student is unknown, nothing is graded yet, or the disk is full. Pages that were
            there before stay then.
    """
    require_released(course, assignment)
    handed_in = students_with(course, assignment)
    if unknown := sorted(set(students or ()) - set(handed_in)):
        raise CourseError(f"{', '.join(unknown)} has handed in nothing for {assignment}.")
    chosen = list(dict.fromkeys(students)) if students is not None else handed_in
    with open_gradebook(course) as gradebook:
        notebooks = notebooks_of(gradebook, assignment)
    if not any(_is_graded(course, assignment, student, notebooks) for student in chosen):
        raise CourseError(f"nothing of {assignment} is graded yet: run `course grade {assignment}` first.")
    recorded = graded(course, assignment)
    report = FeedbackReport(assignment, course.all_feedback)
    with log_file(course, "feedback") as log:
        for done, student in enumerate(chosen):
            if progress:
                progress(student, done, len(chosen))
            page = course.feedback(assignment, student, notebooks[0])
            try:
                if not _is_graded(course, assignment, student, notebooks):
                    report.failed[student] = "not graded"
                    continue
                if recorded.version(student) != "latest":
                    report.failed[student] = f"what was handed in last is not graded: run `course grade {assignment}`"
                    continue
                _write_pages(course, assignment, student, page.parent, log)
                report.pages[student] = page if len(notebooks) == 1 else page.parent
            except CourseError:
                raise
            except Exception as error:  # one damaged notebook must not cost the others their page
                if is_full(error):
                    raise cannot_write(page.parent, error) from error
                log.exception("no feedback for %s", student)
                report.failed[student] = reason(error)
        if progress:
            progress("", len(chosen), len(chosen))
    return report


def _write_pages(course: CourseDir, assignment: str, student: str, target: Path, log: logging.Logger) -> None:
    """Write the pages of one student. nbgrader removes the earlier ones first: it works in another folder here."""
    course.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="feedback-", dir=course.work) as folder:
        extra = Config()
        extra.CourseDirectory.feedback_directory = os.path.relpath(folder, course.root)
        convert(GenerateFeedback, course, assignment, student=escaped(student), log=log, extra=extra)
        made = next(path.parent for path in sorted(Path(folder).rglob("*.html")))
        is_shared = made.stat().st_mode & stat.S_ISGID
        replace_folder(made, target)
    if is_shared:  # c.CourseDirectory.groupshared: nbgrader opens the folder of all pages to the group, too
        course.all_feedback.chmod(stat.S_IMODE(course.all_feedback.stat().st_mode) | 0o2770)


def _is_graded(course: CourseDir, assignment: str, student: str, notebooks: list[str]) -> bool:
    return any(course.autograded(assignment, student, notebook).is_file() for notebook in notebooks)
