"""Open the gradebook, and say in one sentence why it cannot be opened."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from course_lib.errors import CourseError
from grader.alembic_path import put_alembic_on_path
from grader.course_dir import CourseDir

_LOCKED = "another program is writing to it. End that (the formgrader, say), and run the same command again"


@contextmanager
def open_gradebook(course: CourseDir) -> Iterator[Any]:
    """nbgrader's Gradebook of the course; made if there is none.

    Raises:
        CourseError: the address is wrong, its driver is missing, it is no database or it cannot be written.
    """
    put_alembic_on_path()
    with _kept_quiet("tornado.application"):  # where nbgrader logs the errors that are raised as well
        gradebook = _opened_gradebook(course)
        try:
            with told(course):
                yield gradebook
        finally:
            gradebook.close()


@contextmanager
def told(course: CourseDir) -> Iterator[None]:
    """Tell an error of the database in one sentence. Raises CourseError."""
    try:
        yield
    except (SQLAlchemyError, InvalidEntry) as error:
        raise CourseError(
            f"the gradebook {_address_to_show(course)} cannot be used: {_words_of_database(error)}."
        ) from error


def assignments(course: CourseDir) -> list[str]:
    """The names of the assignments that have a solution notebook."""
    return course.assignments()


def notebooks_of(gradebook: Any, assignment: str) -> list[str]:
    """The names of an assignment's notebooks, sorted."""
    return sorted(notebook.name for notebook in gradebook.find_assignment(assignment).notebooks)


def require_assignment(course: CourseDir, assignment: str) -> str:
    """The name of an assignment that has a solution notebook.

    Raises:
        CourseError: there is none of this name.
    """
    known = assignments(course)
    if assignment in known:
        return assignment
    none = "none is built yet: run `course build`" if course.is_ours else f"no source is in {course.source_folder('')}"
    there_are = f"there are: {', '.join(known)}" if known else none
    raise CourseError(f"no assignment is called {assignment!r}; {there_are}.")


def require_released(course: CourseDir, assignment: str) -> str:
    """The name of an assignment that stands in the gradebook.

    Raises:
        CourseError: it does not exist, or it was not released yet.
    """
    with open_gradebook(course) as gradebook:
        released = [entry.name for entry in gradebook.assignments if entry.notebooks]
    if assignment in released:
        return assignment
    require_assignment(course, assignment)
    raise CourseError(f"{assignment} is not in the gradebook yet: run `course release {assignment}` first.")


def find_or_none(find: Any, *names: str) -> Any:
    """What one of nbgrader's `find_...` methods finds; None where it raises MissingEntry."""
    try:
        return find(*names)
    except MissingEntry:
        return None


def _opened_gradebook(course: CourseDir) -> Any:
    where = _address_to_show(course)
    setting = "COURSE_DB" if course.is_ours else "c.CourseDirectory.db_url"
    try:
        file = sqlite_file(course)
        if file is not None and not str(file).startswith("file:"):  # SQLite's own form, with options; no path
            file.parent.mkdir(parents=True, exist_ok=True)
        return Gradebook(course.gradebook_url, course.course_id)
    except (ArgumentError, NoSuchModuleError) as error:
        raise CourseError(
            f"{where!r} is no address of a gradebook; {setting} looks like sqlite:////folder/gradebook.db "
            "or postgresql://user:password@host/name."
        ) from error
    except ImportError as error:
        raise CourseError(f"the gradebook {where} needs the Python package {error.name!r}: install it.") from error
    except OSError as error:
        raise CourseError(f"the gradebook {where} cannot be written: {error.strerror or error}.") from error
    except (SQLAlchemyError, InvalidEntry) as error:
        raise CourseError(f"the gradebook {where} cannot be opened: {_words_of_database(error)}.") from error


def sqlite_file(course: CourseDir) -> Path | None:
    """The file of an SQLite gradebook; None for any other database.

    Raises:
        ArgumentError: the gradebook's address is none.
    """
    url = make_url(course.gradebook_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _address_to_show(course: CourseDir) -> str:
    """The address as it may be printed: a file's path, or the URL without its password."""
    try:
        return str(sqlite_file(course) or make_url(course.gradebook_url).render_as_string(hide_password=True))
    except ArgumentError:
        return course.gradebook_url


def _words_of_database(error: Exception) -> str:
    """The database's own words, without SQLAlchemy's statement and link and its name of the error in brackets."""
    words = str(getattr(error, "orig", None) or error.args[0] if error.args else error).split("\n")[0]
    cause = re.sub(r"^\([\w.]+\) ", "", words).rstrip(".")
    return f"{cause}: {_LOCKED}" if cause == "database is locked" else cause


@contextmanager
def _kept_quiet(logger: str) -> Iterator[None]:
    """Keep a logger off the terminal for a while."""
    log = logging.getLogger(logger)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
