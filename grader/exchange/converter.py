"""Run one of nbgrader's converters: our configuration, its log in a file, its error as an exception."""

from __future__ import annotations

import contextlib
import glob
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from nbgrader.converters import BaseConverter
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.nbgrader_config import configure

C = TypeVar("C", bound=type[Any])


def keeping_its_error(converter: C) -> C:
    """A subclass of a converter that remembers the exception that nbgrader would only log, in `error`."""

    class Remembering(converter):  # type: ignore[misc,valid-type]  # the base is a parameter
        error: Exception | None = None

        def init_assignment(self, assignment_id: str, student_id: str) -> None:
            with self._remembered():
                super().init_assignment(assignment_id, student_id)

        def convert_single_notebook(self, notebook_filename: str) -> None:
            with self._remembered():
                super().convert_single_notebook(notebook_filename)

        @contextmanager
        def _remembered(self) -> Iterator[None]:
            try:
                yield
            except Exception as error:
                self.error = error
                raise

    return Remembering  # type: ignore[return-value]  # it is a subclass of C's type


def convert(
    converter: type[BaseConverter],
    course: CourseDir,
    assignment: str,
    *,
    student: str = "*",
    log: logging.Logger,
    extra: Config | None = None,
) -> None:
    """Run `converter` on one assignment (of one student), overwriting what it made before.

    Args:
        extra: settings on top of the course's own.

    Raises:
        Exception: what stopped nbgrader: the exception that happened, not nbgrader's note that one did.
    """
    config = configure(Config(), course)
    config.BaseConverter.force = True
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.merge(extra or Config())
    run = keeping_its_error(converter)(coursedir=CourseDirectory(config=config, log=log), config=config, log=log)
    try:
        with contextlib.chdir(course.root):  # a course may name files from there, such as a header
            run.start()
    except NbGraderException as error:
        raise run.error or error from error


def escaped(student: str) -> str:
    """nbgrader takes the student for a file pattern: [, ? and * in an id stand for themselves here."""
    return glob.escape(student)


@contextmanager
def log_file(course: CourseDir, name: str) -> Iterator[logging.Logger]:
    """A logger that writes to `log/NAME.log` of the course and nowhere else.

    Raises:
        CourseError: the file cannot be written.
    """
    path = course.log / f"{name}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, mode="w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CourseError(f"the log {path} cannot be written: {error.strerror}.") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger(f"course.{name}")
    log.setLevel(logging.INFO)
    # Python's warnings while they are captured, and the errors that nbgrader logs before it raises them.
    others = [logging.getLogger("py.warnings"), logging.getLogger("tornado.application")]
    before = [(other, other.handlers, other.propagate) for other in others]
    for logger in (log, *others):
        logger.handlers, logger.propagate = [handler], False
    logging.captureWarnings(True)
    try:
        yield log
    finally:
        logging.captureWarnings(False)
        log.handlers = []
        for other, handlers, propagate in before:
            other.handlers, other.propagate = handlers, propagate
        handler.close()
