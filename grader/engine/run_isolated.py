"""Run a submission in two interpreters: its answers in a process of its own, the tests where it cannot reach them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput

from grader.engine.engine import shared_engine
from grader.engine.job import Executed, Job
from grader.engine.notebook_run import CellReport
from grader.engine.notes import name_of
from grader.engine.private_folder import private_folder
from grader.engine.run_notes import add_notes
from grader.engine.stderr import HarmlessStderr
from grader.engine.student_session import Outcome


def in_sandbox(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> Executed:
    """Run a notebook apart from this machine. Raises CourseError where this machine cannot isolate."""
    return _run(notebook, job, files, isolated=True)


def without_isolation(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> Executed:
    """Run a notebook in two interpreters, but with the rights of this process: the results are marked as such."""
    return _run(notebook, job, files, isolated=False)


def _run(notebook: NotebookNode, job: Job, files: Mapping[str, bytes], *, isolated: bool) -> Executed:
    with private_folder() as folder:
        for name, content in files.items():
            path = folder.joinpath(*PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        engine = shared_engine(isolated=isolated)
        reports = engine.run(notebook, job.reference.as_notebook(), job.limits, folder, job.secret)
    add_notes(notebook, reports)
    resources: dict[str, object] = {}
    for step in (HarmlessStderr(), LimitOutput()):
        notebook, resources = step.preprocess(notebook, resources)
    return Executed(
        notebook,
        stopped=_names(notebook, [r for r in reports if r.outcome is Outcome.TIMEOUT or r.slow]),
        died=_names(notebook, [r for r in reports if r.outcome is Outcome.DIED or r.deaths]),
        isolated=isolated,
    )


def _names(notebook: NotebookNode, reports: list[CellReport]) -> tuple[str, ...]:
    return tuple(name_of(notebook.cells[report.index]) for report in reports)
