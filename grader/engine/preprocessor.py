"""nbgrader's step that runs a submission: two interpreters in place of one kernel."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.engine import make_url
from traitlets import Float, Integer, List, Undefined, Unicode, UseEnum, default
from traitlets.config.loader import DeferredConfig

from course_lib.errors import CourseError
from grader.engine.engine import Engine, shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.notes import add_notes, leave_isolation
from grader.engine.one_kernel_cells import marked
from grader.engine.secret import course_secret
from grader.engine.submission_files import read_authors, read_beside

_DEFAULT = Limits()
_PYTHON = ("", "python", "python3", "ipython")


class _ByValue(UseEnum):
    """A member of an enumeration, which a configuration writes as its value: "container"."""

    def select_by_name(self, value: str, default: Any = Undefined) -> Any:
        """The member of this value."""
        return next((member for member in self.enum_class if member.value == value.lower()), default)


class ExecuteIsolated(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Run answers in the student's interpreter and tests in another one, in place of nbgrader's `Execute`.

    Which cells are shared, and which ask for the student's interpreter (`in_kernel`), is read from the instructor's
    notebook in the source folder, or else in the release folder. What is said of `Execute` holds where nothing is said
    of this step: `nbgrader autograde --no-execute` and `Execute.timeout`.
    """

    isolation = _ByValue(
        Isolation, Isolation.SANDBOX, help="Where submissions run: sandbox, container (weaker), or none."
    ).tag(config=True)
    in_kernel = List(
        Unicode(),
        help="Tests to run in the student's kernel, as nbgrader does, so that answers can forge their points. "
        "Patterns: 'ps1' is an assignment, 'ps1/problem2' a notebook, 'ps1/problem2/test_f' a cell.",
    ).tag(config=True)
    timeout = Float(
        _DEFAULT.cell_seconds, allow_none=True, help="Seconds for one cell; those of `Execute.timeout` if not set."
    ).tag(config=True)
    submission_seconds = Float(_DEFAULT.submission_seconds, help="Seconds that one notebook may run.").tag(config=True)
    cpu_seconds = Float(_DEFAULT.cpu_seconds, help="Seconds of computing, on all cores together.").tag(config=True)
    memory_bytes = Integer(_DEFAULT.memory_bytes, help="Memory of one submission, in bytes.").tag(config=True)
    tester_memory_bytes = Integer(
        _DEFAULT.tester_memory_bytes, help="Memory of the process that tests one submission, in bytes."
    ).tag(config=True)
    output_bytes = Integer(_DEFAULT.output_bytes, help="Text that one cell may print, in bytes.").tag(config=True)
    processes = Integer(_DEFAULT.processes, help="Processes of one submission.").tag(config=True)
    disk_bytes = Integer(_DEFAULT.disk_bytes, help="Disk of one submission, in bytes.").tag(config=True)
    open_files = Integer(_DEFAULT.open_files, help="Open files of all processes of one submission.").tag(config=True)

    secret_file = Unicode(
        "", help="Where the secret lies from which hidden tests draw with `check.rng`; it is made there."
    ).tag(config=True)

    @default("enabled")
    def _default_enabled(self) -> bool:
        return bool(self._as_for_execute("enabled", True))

    @default("timeout")
    def _default_timeout(self) -> float | None:
        seconds: float | None = self._as_for_execute("timeout", _DEFAULT.cell_seconds)
        return seconds

    def _as_for_execute(self, name: str, otherwise: Any) -> Any:
        value = self.config.get("Execute", {}).get(name, otherwise)
        # A value from the command line is text until it meets its trait.
        return value.get_value(self.traits()[name]) if isinstance(value, DeferredConfig) else value

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells of one submission.

        Raises:
            CourseError: it is not a Python notebook, or the course's secret is damaged.
            TooLarge: the files beside it are more than it may bring.
        """
        language = str(nb.metadata.get("kernelspec", {}).get("language", "python"))
        if language.lower() not in _PYTHON:
            raise CourseError(f"the notebook is written for {language!r}; only Python notebooks can be graded")
        limits = self.limits()
        files = read_beside(Path(resources.get("metadata", {}).get("path") or ".").resolve(), limits.disk_bytes)
        engine = self._engine()
        secret = course_secret(Path(self.secret_file)) if self.secret_file else None
        path = self._source_path(resources)
        source = None if path is None else self._source(path, resources)
        authors = {} if path is None else self._authors(path, resources, limits)
        reports = engine.run(nb, source, limits, files, secret, authors=authors)
        leave_isolation(nb, engine.isolation)
        add_notes(nb, reports)
        return nb, resources

    def _engine(self) -> Engine:
        """The engine; in a container the course must be closed to other users before it starts."""
        if self.isolation is Isolation.CONTAINER:
            from grader.engine.container.requirements import require_secret

            course = CourseDirectory(parent=self)
            steps = (course.source_directory, course.submitted_directory, course.autograded_directory)
            places = [Path(course.root, step) for step in (*steps, course.feedback_directory)]
            files = [self.secret_file, make_url(course.db_url).database]
            require_secret((*places, *(Path(file) for file in files if file)))
        return shared_engine(self.isolation)

    def limits(self) -> Limits:
        """What one submission may use. Raises CourseError for a bound that is none."""
        bounds = {field.name: getattr(self, field.name) for field in fields(Limits) if field.name != "cell_seconds"}
        cell_seconds = self.submission_seconds if self.timeout is None else self.timeout
        try:
            return Limits(cell_seconds=cell_seconds, **bounds)
        except ValueError as error:
            raise CourseError(f"nbgrader's configuration of ExecuteIsolated: {error}.") from error

    def _source_path(self, resources: dict[str, Any]) -> Path | None:
        part = resources.get("nbgrader", {})
        assignment, name = part.get("assignment"), part.get("notebook")
        if not assignment or not name:
            return None
        course = CourseDirectory(parent=self)
        for step in (course.source_directory, course.release_directory):
            path = Path(course.format_path(step, ".", assignment)) / f"{name}.ipynb"
            if path.is_file():
                return path
        self.log.warning("No instructor's notebook found for %s: no cell counts as shared", name)
        return None

    def _source(self, path: Path, resources: dict[str, Any]) -> NotebookNode:
        part = resources["nbgrader"]
        return marked(nbformat.read(path, as_version=4), part["assignment"], part["notebook"], self.in_kernel)

    def _authors(self, source: Path, resources: dict[str, Any], limits: Limits) -> dict[str, bytes]:
        """What nbgrader has put in place of the submission's files, from the same folder."""
        excluded = self.config.get("Autograde", {}).get("exclude_overwriting", {})
        left = excluded.get(resources["nbgrader"]["assignment"], ())
        return read_authors(source, limits.disk_bytes, left_to_students=left)
