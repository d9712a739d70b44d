"""Any course of nbgrader's: its `nbgrader_config.py`, read by nbgrader itself, as a CourseDir."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from traitlets import TraitError
from traitlets.config import Application, Config

from course_lib.doctor import Finding, State
from course_lib.errors import CourseError
from grader.course_dir import CourseDir, Folders
from grader.engine.preprocessor import ExecuteIsolated
from grader.nbgrader_config import EXECUTE, ONE_LINE, use_engine

WORK = ".grader"
"""The folder in the course directory that holds log files, a lock and what was replaced."""


def load(folder: Path) -> CourseDir:
    """The course whose configuration lies in a folder.

    Raises:
        CourseError: the configuration cannot be read, or says what cannot be.
    """
    file = folder / "nbgrader_config.py"
    try:
        config = configuration(folder)
        use_engine(deepcopy(config))  # a list of steps that it cannot work with is told now
        places = CourseDirectory(config=config, log=_SILENT)
        step = ExecuteIsolated(config=config)
        limits = step.limits()
    except CourseError as error:
        raise CourseError(f"{file}: {error}") from error
    except TraitError as error:
        raise CourseError(f"{file}: {str(error).rstrip('.')}.") from error
    root = Path(places.root)
    if not root.is_dir():
        raise CourseError(f"{file}: the course directory {root} (c.CourseDirectory.root) does not exist.")
    return CourseDir(
        root,
        root / WORK,
        db_url=places.db_url,
        limits=limits,
        course_id=places.course_id,
        isolation=step.isolation,
        in_kernel=tuple(step.in_kernel),
        config=config,
        folders=Folders(
            source=places.source_directory,
            release=places.release_directory,
            submitted=places.submitted_directory,
            autograded=places.autograded_directory,
            feedback=places.feedback_directory,
            structure=places.directory_structure,
        ),
    )


_SILENT = logging.Logger("course.config", logging.CRITICAL + 1)


def configuration(folder: Path) -> Config:
    """What nbgrader would be configured with if it were run in this folder, its root written out.

    Raises:
        CourseError: it cannot be read.
        TraitError: it says what cannot be.
    """
    app = NbGrader(log=_SILENT)
    app.raise_config_file_errors = True
    try:
        with contextlib.chdir(folder), importing_from(folder):
            app.load_config_file(suppress_errors=False)
            root = Path(CourseDirectory(config=app.config, log=_SILENT).root)
            if root != folder and root.is_dir():  # as nbgrader does
                Application.load_config_file(app, "nbgrader_config.py", path=str(root))
    except (CourseError, TraitError):
        raise
    except (Exception, SystemExit) as error:  # it is code, and may do anything
        raise CourseError(f"it cannot be read: {type(error).__name__}: {error}") from error
    config: Config = app.config
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = _from(root, CourseDirectory(config=config, log=_SILENT).db_url)
    return config


def _from(root: Path, url: str) -> str:
    """The address of a gradebook from any folder; nbgrader takes a relative file from where it is run."""
    try:
        place = make_url(url)
    except ArgumentError:  # told when the gradebook is opened
        return url
    if place.get_backend_name() != "sqlite" or not place.database or place.database.startswith(("file:", ":")):
        return url
    return f"sqlite:///{root / place.database}"


@contextlib.contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """As nbgrader does: a configuration may import what lies beside it."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def findings_in(folder: Path) -> Iterator[Finding]:
    """What `course doctor` says of the course whose configuration lies in a folder."""
    try:
        course = load(folder)
    except CourseError as error:
        yield Finding("Course", State.BROKEN, str(error), "mend the configuration")
        return
    assert course.config is not None
    told = f"{course.course_id or 'a course without course_id'} in {course.root}"
    if EXECUTE in course.config.Autograde.get("autograde_preprocessors", ()):
        yield Finding("Course", State.GOOD, f"{told}; `nbgrader autograde` and the formgrader use this engine")
    else:
        mend = f"add to {folder / 'nbgrader_config.py'}: {ONE_LINE}"
        yield Finding("Course", State.NOTE, f"{told}; `nbgrader autograde` does not use this engine", mend)
