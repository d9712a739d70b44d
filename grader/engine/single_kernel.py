"""Run a submission as nbgrader does: test cells in the kernel of the submission. Not isolated."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import LimitOutput
from traitlets.config import Config

from grader.engine.disqualify import take_points
from grader.engine.job import Executed, Job
from grader.engine.notes import name_of
from grader.engine.restarting_execute import DEAD, STOPPED, RestartingExecute, limit_cells
from grader.engine.stderr import HarmlessStderr


def in_kernel(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> Executed:
    """Run a notebook in one kernel, in a folder of its own that holds the submission's other files."""
    config = Config()
    limit_cells(config, job.limits.cell_seconds)
    with tempfile.TemporaryDirectory(prefix="submission-") as folder, utils.setenv(NBGRADER_EXECUTION="autograde"):
        for name, content in files.items():
            path = Path(folder, *PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        resources = {"metadata": {"path": folder}, "nbgrader": {}}
        for step in (RestartingExecute(config=config), HarmlessStderr(config=config), LimitOutput(config=config)):
            notebook, resources = step.preprocess(notebook, resources)
    take_points(notebook, job.reference.as_notebook())
    return Executed(notebook, _with_error(notebook, STOPPED), _with_error(notebook, DEAD), isolated=False)


def _with_error(notebook: NotebookNode, name: str) -> tuple[str, ...]:
    return tuple(
        name_of(cell)
        for cell in notebook.cells
        if any(o.output_type == "error" and o.ename == name for o in cell.get("outputs", []))
    )
