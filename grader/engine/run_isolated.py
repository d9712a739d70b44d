"""Run a submission in two interpreters: its answers in a process of its own, the tests where it cannot reach them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput

from grader.engine.engine import out_of_bounds, shared_engine
from grader.engine.job import ExecutedNotebook, Executor, Job
from grader.engine.notebook_run import CellReport
from grader.engine.notes import add_notes, name_of
from grader.engine.single_kernel import in_kernel
from grader.engine.stderr import HarmlessStderr
from grader.engine.student_session import Outcome


def in_sandbox(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook in the sandbox. Raises CourseError where this machine cannot isolate."""
    return _in_two_interpreters(notebook, job, files, isolated=True)


def without_isolation(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook in two interpreters, but with the rights of this process: the results are marked as such."""
    return _in_two_interpreters(notebook, job, files, isolated=False)


def executor(*, unsafe: bool) -> Executor:
    """The sandbox; or, when the instructor accepts that nothing is protected, the best that works without it.

    Two interpreters need a system that forks safely. Elsewhere an unsafe run is nbgrader's own, in one kernel.
    """
    if not unsafe:
        return in_sandbox
    return without_isolation if sys.platform == "linux" else in_kernel


def prepare(execute: Executor, job: Job) -> None:
    """Start the engine that `execute` uses, once, for all workers that are forked from this process afterwards."""
    if execute in (in_sandbox, without_isolation):
        shared_engine(isolated=execute is in_sandbox).start(out_of_bounds(job.source), job.preload)


def _in_two_interpreters(
    notebook: NotebookNode, job: Job, files: Mapping[str, bytes], *, isolated: bool
) -> ExecutedNotebook:
    engine = shared_engine(isolated=isolated)
    reports = engine.run(notebook, job.source, job.limits, files, job.secret, authors=job.authors)
    add_notes(notebook, reports)
    resources: dict[str, object] = {}
    for step in (HarmlessStderr(), LimitOutput()):
        notebook, resources = step.preprocess(notebook, resources)
    return ExecutedNotebook(
        notebook,
        stopped=_cells_of(notebook, [r for r in reports if r.outcome is Outcome.TIMEOUT or r.slow]),
        died=_cells_of(notebook, [r for r in reports if r.outcome is Outcome.DIED or r.deaths]),
        isolated=isolated,
    )


def _cells_of(notebook: NotebookNode, reports: list[CellReport]) -> tuple[str, ...]:
    return tuple(name_of(notebook.cells[report.index]) for report in reports)
