"""Run a submission as nbgrader does: test cells in the kernel of the submission. Not isolated."""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import LimitOutput
from traitlets.config import Config

from grader.engine.autotest import require_none
from grader.engine.disqualify import take_points
from grader.engine.isolation import Isolation
from grader.engine.job import ExecutedNotebook, Job
from grader.engine.notes import name_of
from grader.engine.private_folder import private_folder
from grader.engine.restarting_execute import DEAD, STOPPED, RestartingExecute, limit_cells
from grader.engine.stderr import HarmlessStderr


def in_kernel(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Run a notebook in one kernel, in a folder of its own that holds the submission's other files.

    Raises:
        CourseError: a test cell holds AUTOTEST directives as they were written.
    """
    require_none(cell for cell in notebook.cells if utils.is_grade(cell) and not utils.is_solution(cell))
    config = Config()
    limit_cells(config, job.limits.cell_seconds)
    with private_folder({**files, **job.authors}) as folder, utils.setenv(NBGRADER_EXECUTION="autograde"):
        resources = {"metadata": {"path": str(folder)}, "nbgrader": {}}
        for step in (RestartingExecute(config=config), HarmlessStderr(config=config), LimitOutput(config=config)):
            notebook, resources = step.preprocess(notebook, resources)
    take_points(notebook, job.source)
    stopped, died = _with_error(notebook, STOPPED), _with_error(notebook, DEAD)
    return ExecutedNotebook(notebook, stopped, died, Isolation.NONE)


def _with_error(notebook: NotebookNode, name: str) -> tuple[str, ...]:
    return tuple(
        name_of(cell)
        for cell in notebook.cells
        if any(o.output_type == "error" and o.ename == name for o in cell.get("outputs", []))
    )
