"""`course release` in a course that is not ours: nbgrader's own steps, and nothing is lost where they fail."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from nbformat import ValidationError
from nbgrader.converters import GenerateAssignment
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.converter import convert
from grader.exchange.gradebook import open_gradebook
from grader.exchange.reasons import reason
from grader.whole_files import cannot_write, replace_folder


def release_theirs(course: CourseDir, assignment: str, log: logging.Logger) -> None:
    """Make the release of an assignment and enter it in the gradebook.

    nbgrader deletes the release folder when it fails: it works in another one here, and what it made is moved.

    Raises:
        CourseError: nbgrader refuses the source, or the release cannot be written.
    """
    with open_gradebook(course):
        pass
    target = course.release_folder(assignment)
    course.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="release-", dir=course.work) as folder:
        extra = Config()
        extra.CourseDirectory.release_directory = os.path.relpath(folder, course.root)
        try:
            convert(GenerateAssignment, course, assignment, log=log, extra=extra)
            replace_folder(_made_in(Path(folder)), target)
        except (RuntimeError, ValueError, ValidationError) as error:
            raise CourseError(f"nbgrader refuses {assignment}: {reason(error)}.") from error
        except OSError as error:
            raise cannot_write(target, error) from error


def _made_in(folder: Path) -> Path:
    """The folder of the assignment below nbgrader's own: the one that holds notebooks."""
    return next(path.parent for path in sorted(folder.rglob("*.ipynb")))
