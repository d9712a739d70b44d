"""An assignment as the gradebook has it, read once for a whole batch."""

from __future__ import annotations

import nbformat

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference
from grader.course_dir import CourseDir
from grader.engine.gradebook_reference import reference_in_gradebook
from grader.exchange.batch.writer import Columns, columns_of
from grader.exchange.gradebook import open_gradebook


def load(course: CourseDir, assignment: str) -> tuple[Reference, Columns]:
    """What submissions are compared with, and where their grades go.

    Raises:
        CourseError: the gradebook cannot be read, or has no such notebook.
    """
    released = course.released(assignment)
    with open_gradebook(course) as gradebook:
        entry = gradebook.find_assignment(assignment)
        notebook = next((notebook for notebook in entry.notebooks if notebook.name == assignment), None)
        if notebook is None:
            raise CourseError(f"the gradebook has no notebook {assignment}: run `course release {assignment}`.")
        release = nbformat.read(released, as_version=4) if released.is_file() else None
        return reference_in_gradebook(notebook, release), columns_of(entry)
