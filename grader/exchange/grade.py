"""`course grade`: run every submission through nbgrader; one that cannot be run is reported and stops nobody else."""

from __future__ import annotations

import glob
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbgrader.converters import Autograde

from course_lib.errors import CourseError
from grader.engine.notes import notes_of
from grader.exchange.converter import convert, log_file
from grader.exchange.gradebook import find_or_none, open_gradebook, require_released
from grader.exchange.reasons import reason
from grader.nbgrader_config import CourseDir

Progress = Callable[[str, int, int], None]
"""Called before each submission with the student, how many are done and how many there are."""


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    Attributes:
        outcome: `unchanged` means that it was graded before and is the same file still.
        reason: why it could not be graded, in one sentence ('' otherwise).
        notes: what happened on the way: cells put back, cells stopped.
    """

    student: str
    outcome: Literal["graded", "unchanged", "not graded"]
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GradeReport:
    """What became of all of them, and where nbgrader's log is."""

    assignment: str
    log: Path
    results: list[Graded] = field(default_factory=list)

    def of(self, outcome: Literal["graded", "unchanged", "not graded"]) -> list[Graded]:
        """The submissions with this outcome."""
        return [result for result in self.results if result.outcome == outcome]


def grade(
    course: CourseDir,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> GradeReport:
    """Grade the submissions of `assignment`, one after another.

    Args:
        students: whose; everybody's by default.
        force: again, even those that have not changed since they were graded.
        progress: told before each submission.

    Raises:
        CourseError: the assignment or a student is unknown, there is no submission, the kernel is missing or the
            gradebook cannot be written. What is wrong with one submission is reported instead.
    """
    require_released(course, assignment)
    _require_kernel(course, assignment)
    chosen = _chosen(course, assignment, students)
    with log_file(course, "grade") as log:
        report = GradeReport(assignment, course.log / "grade.log")
        for done, student in enumerate(chosen):
            if progress:
                progress(student, done, len(chosen))
            report.results.append(_grade_one(course, assignment, student, force, log))
        if progress and chosen:
            progress("", len(chosen), len(chosen))
    return report


def submissions(course: CourseDir, assignment: str) -> list[str]:
    """Students with a folder for this assignment among the submissions, by id."""
    folders = (course.work / "submitted").glob(f"*/{assignment}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir())


def _chosen(course: CourseDir, assignment: str, students: Sequence[str] | None) -> list[str]:
    there = submissions(course, assignment)
    if students is None:
        if not there:
            raise CourseError(f"nobody has handed in {assignment}: run `course collect {assignment} DOWNLOAD` first.")
        return there
    missing = [student for student in students if student not in there]
    if missing:
        with open_gradebook(course) as gradebook:
            known = [student for student in missing if find_or_none(gradebook.find_student, student)]
        if known:
            raise CourseError(f"{', '.join(known)} has not handed in {assignment}.")
        by = ", ".join(there) or "nobody"
        raise CourseError(f"no student is called {', '.join(missing)}; {assignment} was handed in by {by}.")
    return list(dict.fromkeys(students))


def _grade_one(course: CourseDir, assignment: str, student: str, force: bool, log: logging.Logger) -> Graded:
    submitted, graded = course.submitted(assignment, student), course.autograded(assignment, student)
    if not force and _is_current(graded, submitted):
        return Graded(student, "unchanged", notes=tuple(notes_of(nbformat.read(graded, as_version=4))))
    log.info("=== %s", student)
    try:
        _require_notebook(submitted)
        convert(Autograde, course, assignment, student=escaped(student), log=log)
        return Graded(student, "graded", notes=tuple(notes_of(nbformat.read(graded, as_version=4))))
    except CourseError:
        raise
    except Exception as error:  # whatever is wrong with one submission must not cost the others their grades
        log.exception("%s could not be graded", student)
        _forget(course, assignment, student)
        return Graded(student, "not graded", reason(error))


def _is_current(graded: Path, submitted: Path) -> bool:
    return graded.is_file() and submitted.is_file() and graded.stat().st_mtime >= submitted.stat().st_mtime


def _require_notebook(submitted: Path) -> None:
    if not submitted.is_file():
        others = ", ".join(sorted(path.name for path in submitted.parent.iterdir())) or "nothing"
        raise FileNotFoundError(f"there is no {submitted.name}, but {others}")
    nbformat.read(submitted, as_version=4)


def _forget(course: CourseDir, assignment: str, student: str) -> None:
    """Take the tests' points out: what an earlier version earned says nothing about the one that cannot be run."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = None
                grade.needs_manual_grade = True
        gradebook.db.commit()


def _require_kernel(course: CourseDir, assignment: str) -> None:
    with open_gradebook(course) as gradebook:
        wanted = {_kernel(notebook) for notebook in gradebook.find_assignment(assignment).notebooks}
    there = set(KernelSpecManager().find_kernel_specs())
    if missing := sorted(wanted - there):
        raise CourseError(
            f"{assignment} asks for the kernel {missing[0]!r}, which is not installed; there are: "
            f"{', '.join(sorted(there)) or 'none'}. Install it with `python -m ipykernel install --sys-prefix "
            f"--name {missing[0]}`."
        )


def _kernel(notebook: Any) -> str:
    kernelspec = json.loads(notebook.kernelspec or "{}") or {}
    return str(kernelspec.get("name", "python3"))


def escaped(student: str) -> str:
    """nbgrader takes the student for a file pattern: [, ? and * in an id stand for themselves here."""
    return glob.escape(student)
