"""Why what a student handed in has no grade."""

from __future__ import annotations

from course_lib.repair.damage import Damaged
from course_lib.repair.repair import repaired_file
from grader.course_dir import CourseDir
from grader.exchange.batch.assignment import load
from grader.exchange.batch.files import read_submission
from grader.exchange.batch.is_graded import graded


def why_not_graded(course: CourseDir, assignment: str, students: list[str]) -> dict[str, str]:
    """The reason for each of these students, in half a sentence. Raises CourseError as `load` does."""
    if not students:
        return {}
    parts = load(course, assignment)
    recorded = graded(course, assignment)
    found = {}
    for student in students:
        found[student] = "what was handed in last is not graded yet"
        if recorded.version(student) == "earlier":
            found[student] = "handed in again since it was graded"
        for one in parts:
            try:
                submission = read_submission(course, one.part, student)
                repaired_file(submission.data, one.reference, submission.found)
            except Damaged as error:
                found[student] = str(error)
                break
    return found
