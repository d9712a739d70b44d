"""Run a submission in two interpreters: its answers in a process of its own, the tests where it cannot reach them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput

from grader.engine.engine import out_of_bounds, shared_engine
from grader.engine.isolation import Isolation
from grader.engine.job import ExecutedNotebook, Executor, Job
from grader.engine.notebook_run import CellReport
from grader.engine.notes import add_notes, name_of
from grader.engine.single_kernel import in_kernel
from grader.engine.stderr import HarmlessStderr
from grader.engine.student_session import Outcome


def in_sandbox(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook in the sandbox. Raises CourseError where this machine cannot isolate."""
    return _in_two_interpreters(notebook, job, files, Isolation.SANDBOX)


def in_container(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook as a user of this container: weaker than the sandbox, and the results are marked as such.

    Raises CourseError where that cannot be done.
    """
    return _in_two_interpreters(notebook, job, files, Isolation.CONTAINER)


def without_isolation(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook in two interpreters, but with the rights of this process: the results are marked as such."""
    return _in_two_interpreters(notebook, job, files, Isolation.NONE)


_IN_TWO: dict[Executor, Isolation] = {
    in_sandbox: Isolation.SANDBOX,
    in_container: Isolation.CONTAINER,
    without_isolation: Isolation.NONE,
}


def executor(isolation: Isolation) -> Executor:
    """What runs a submission so; without isolation, when the instructor accepts it, the best that works here.

    Two interpreters need a system that forks safely. Elsewhere, without isolation, it is nbgrader's own one kernel.
    """
    if isolation is Isolation.NONE and sys.platform != "linux":
        return in_kernel
    return next(execute for execute, kind in _IN_TWO.items() if kind is isolation)


def prepare(execute: Executor, job: Job) -> None:
    """Start the engine that `execute` uses, once, for all workers that are forked from this process afterwards."""
    if execute in _IN_TWO:
        shared_engine(_IN_TWO[execute]).start(out_of_bounds(job.source), job.preload)


def _in_two_interpreters(
    notebook: NotebookNode, job: Job, files: Mapping[str, bytes], isolation: Isolation
) -> ExecutedNotebook:
    engine = shared_engine(isolation)
    reports = engine.run(notebook, job.source, job.limits, files, job.secret, authors=job.authors)
    add_notes(notebook, reports)
    resources: dict[str, object] = {}
    for step in (HarmlessStderr(), LimitOutput()):
        notebook, resources = step.preprocess(notebook, resources)
    return ExecutedNotebook(
        notebook,
        stopped=_cells_of(notebook, [r for r in reports if r.outcome is Outcome.TIMEOUT or r.slow]),
        died=_cells_of(notebook, [r for r in reports if r.outcome is Outcome.DIED or r.deaths]),
        isolation=isolation,
    )


def _cells_of(notebook: NotebookNode, reports: list[CellReport]) -> tuple[str, ...]:
    return tuple(name_of(notebook.cells[report.index]) for report in reports)
