"""Module 01 as the test bed: its release, right answers, and the reference that submissions are compared with."""

from __future__ import annotations

import functools
import json
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from course_lib.repair.reference import Reference
from grader.engine.gradebook_reference import reference_in_gradebook
from grader.exchange.demo.assignment_facts import exercises

NAME = "01_convolution"
ROOT = Path(__file__).parents[2]
WRITTEN = "Fewer weights, since the same thing may appear anywhere; but a chin is never at the top."


@functools.cache
def _files() -> tuple[NotebookNode, NotebookNode]:
    solution = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    return solution, nbformat.read(ROOT / "assignments" / NAME / f"{NAME}.ipynb", as_version=4)


@functools.cache
def reference() -> Reference:
    """As the gradebook gives it after a release, made without a gradebook."""
    solution, release = _files()
    complete = {c.metadata.nbgrader.grade_id: c for c in solution.cells}
    cells: dict[str, list[SimpleNamespace]] = {"grade": [], "solution": [], "source": []}
    for cell in release.cells:
        part, name = cell.metadata.nbgrader, cell.metadata.nbgrader.grade_id
        graded = deepcopy(cell)
        graded["source"] = cell.source if part.solution else complete[name].source
        common = {"name": name, "cell_type": cell.cell_type}
        locked = part.locked or (part.grade and not part.solution)
        source = SimpleNamespace(**common, source=graded.source, locked=locked, checksum=compute_checksum(graded))
        cells["source"].append(source)
        cells["grade"] += [SimpleNamespace(**common, max_score=float(part.points))] if part.grade else []
        cells["solution"] += [SimpleNamespace(**common)] if part.solution else []
    entry = SimpleNamespace(
        name=NAME,
        kernelspec=json.dumps(release.metadata.kernelspec),
        grade_cells=cells["grade"],
        solution_cells=cells["solution"],
        task_cells=[],
        source_cells=cells["source"],
    )
    return reference_in_gradebook(entry, release)


def blank() -> NotebookNode:
    """The notebook as it is handed out."""
    return deepcopy(_files()[1])


@functools.cache
def _answers() -> dict[str, str]:
    return {e.name: WRITTEN if e.by_hand else e.solution for e in exercises(_files()[0])}


def answered() -> NotebookNode:
    """All right answers, as a student would hand them in."""
    notebook = blank()
    for cell in notebook.cells:
        if (name := cell.metadata.nbgrader.grade_id) in _answers():
            cell["source"] = _answers()[name]
    return notebook
