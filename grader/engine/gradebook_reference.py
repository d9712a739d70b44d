"""The assignment that submissions are compared with, as the gradebook has it: hidden tests included."""

from __future__ import annotations

import json
import re
from typing import Any

from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference, ReferenceCell, cell_id, grade_id, other_metadata

_HIDDEN = re.compile(r"^[^\n]*### BEGIN HIDDEN TESTS.*?(?:### END HIDDEN TESTS[^\n]*\n?|\Z)", re.MULTILINE | re.DOTALL)


def reference_in_gradebook(entry: Any, release: NotebookNode | None) -> Reference:
    """The reference made of a notebook's entry in the gradebook and of the notebook that students got.

    Args:
        entry: nbgrader's `Notebook`. What is graded comes from it.
        release: gives order, ids and tags; without it they are those of the gradebook.

    Raises:
        CourseError: the gradebook has no cells of this notebook.
    """
    graded = {cell.name: cell.max_score for cell in entry.grade_cells}
    tasks = {cell.name: cell.max_score for cell in entry.task_cells}
    answers = {cell.name for cell in entry.solution_cells}
    shown = {grade_id(cell): cell for cell in release.cells if grade_id(cell)} if release is not None else {}
    places = {name: place for place, name in enumerate(shown)}
    sources = sorted(entry.source_cells, key=lambda cell: places.get(cell.name, len(places)))
    if not sources:
        raise CourseError(f"the gradebook knows no cell of {entry.name}: run `course release {entry.assignment.name}`.")
    cells = []
    for source in sources:
        handed_out = shown.get(source.name)
        text = source.source or ""
        cells.append(
            ReferenceCell(
                name=source.name,
                kind=source.cell_type,
                source=text,
                shown=handed_out.source if handed_out is not None else _HIDDEN.sub("", text),
                checksum=source.checksum or "",
                locked=bool(source.locked),
                grade=source.name in graded,
                solution=source.name in answers,
                task=source.name in tasks,
                points=float(graded.get(source.name, tasks.get(source.name, 0))),
                id=cell_id(handed_out, source.name),
                metadata=other_metadata(handed_out),
            )
        )
    metadata = dict(release.metadata) if release is not None else {}
    if kernelspec := json.loads(entry.kernelspec or "{}"):
        metadata["kernelspec"] = kernelspec
    return Reference(entry.name, tuple(cells), metadata)
