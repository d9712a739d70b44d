"""A notebook executed as a student would: from a fresh kernel, in an empty folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from support import turns_answered

from grader.authoring.source import read

Executed = Callable[[Path], NotebookNode]


def fresh_kernel(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook after a run in a kernel of its own, as Jupyter would show it; cells that fail do not stop it."""
    # Under pytest, ipykernel would leave file descriptors alone.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    NotebookClient(
        notebook, timeout=300, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute(env=environment)
    return notebook


def executed_once(path: Path, folder: Path) -> NotebookNode:
    """The notebook in this file after its run, for all processes that test with this folder: one of them runs it.

    In the same run, when all is over, the turns of a lecture are answered: see `turns_answered`.
    """
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    kept, place = folder / f"{name}.ipynb", folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            place.mkdir(exist_ok=True)  # a run that failed before leaves it
            notebook = nbformat.read(path, as_version=4)
            source = path.with_suffix(".md")
            cells = len(notebook.cells)
            turns_answered.add(notebook, turns_answered.answers(read(source)) if source.exists() else [])
            fresh_kernel(notebook, place)
            turns_answered.take_away(notebook, cells)
            nbformat.write(notebook, kept)
    return nbformat.read(kept, as_version=4)


def errors_of(notebook: NotebookNode) -> list[str]:
    """What the cells of an executed notebook failed with."""
    outputs = (out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs)
    return [f"{out.ename}: {out.evalue}" for out in outputs if out.output_type == "error"]
