"""The assignment that submissions are compared with: every cell as it is graded and as it was handed out."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nbformat import NotebookNode, from_dict

from course_lib.errors import CourseError

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_DIGEST_VERSION = "1"
"""Changes whenever grading itself changes so much that what was graded before must be graded again."""


@dataclass(frozen=True)
class ReferenceCell:
    """One cell of the assignment.

    Attributes:
        name: its grade_id.
        kind: code, markdown or raw.
        source: as it is graded, hidden tests included; the blank one of an answer.
        shown: as students got it.
        checksum: nbgrader's, of `source`.
        task: a manual task of nbgrader: markdown with points.
        id: id of the cell in the notebook.
        metadata: the rest of its metadata in the release (tags, ...), nbgrader's part left out.
    """

    name: str
    kind: str
    source: str
    shown: str
    checksum: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float
    id: str
    metadata: dict[str, Any]

    @property
    def is_test(self) -> bool:
        """Whether its outcome gives points without a person."""
        return self.grade and not self.solution

    @property
    def is_given(self) -> bool:
        """Whether it is code that students are not to change and that gives no points."""
        return self.locked and not self.grade and self.kind == "code"

    @property
    def is_core(self) -> bool:
        """Whether it belongs to this assignment alone, as answers and tests do."""
        return self.grade or self.solution or self.task

    def nbgrader(self) -> dict[str, Any]:
        """nbgrader's part of the metadata, complete and to its schema."""
        part = {
            "grade_id": self.name,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": self.task,
            "checksum": self.checksum,
            "cell_type": self.kind,
            "schema_version": 3,
        }
        return part | ({"points": self.points} if self.grade or self.task else {})


@dataclass(frozen=True)
class Reference:
    """An assignment's notebook, in order.

    Attributes:
        notebook: its name, which is that of the assignment.
        cells: the cells that the gradebook knows.
        metadata: of the notebook (kernelspec, language).
    """

    notebook: str
    cells: tuple[ReferenceCell, ...]
    metadata: dict[str, Any]

    @cached_property
    def by_name(self) -> dict[str, ReferenceCell]:
        """The cells by their names."""
        return {cell.name: cell for cell in self.cells}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each cell."""
        return {cell.name: place for place, cell in enumerate(self.cells)}

    @cached_property
    def digests(self) -> dict[str, str]:
        """Per graded cell, and under '' for all other code: changes when submissions must be graded again.

        Text of the assignment is not in it.
        """
        digests = {
            cell.name: _digest(cell.name, cell.kind, cell.source, cell.solution, cell.points, *_where(cell.metadata))
            for cell in self.cells
            if cell.grade or cell.task
        }
        rest = [
            (cell.name, cell.source, cell.locked, cell.solution, cell.metadata.get("tags"))
            for cell in self.cells
            if cell.kind == "code" and not cell.grade
        ]
        course = self.metadata.get("course", {})
        settings = [self.metadata.get("kernelspec"), *course.get("out_of_bounds", ())]
        settings += _where(self.metadata)
        settings += [course[rule] for rule in ("rules_out", "tests_only") if rule in course]
        return digests | {"": _digest(_DIGEST_VERSION, settings, rest)}

    def as_notebook(self) -> NotebookNode:
        """The assignment as a notebook with complete tests: what decides where each cell runs."""
        cells = [written(c.kind, c.source, c.id, c.metadata | {"nbgrader": c.nbgrader()}) for c in self.cells]
        return notebook_of(cells, self.metadata)


def reference_of(release: NotebookNode) -> Reference:
    """The reference made of the notebook that students got alone: what a student can compare with.

    Raises:
        CourseError: no cell of it has nbgrader's metadata.
    """
    cells = [_handed_out(cell) for cell in release.cells if grade_id(cell)]
    if not cells:
        raise CourseError("the released notebook has no cells that nbgrader knows: build it with `course build`.")
    return Reference(str(release.metadata.get("course", {}).get("module", "")), tuple(cells), dict(release.metadata))


def _handed_out(cell: NotebookNode) -> ReferenceCell:
    part = cell.metadata.nbgrader
    return ReferenceCell(
        name=grade_id(cell),
        kind=cell.cell_type,
        source=cell.source,
        shown=cell.source,
        checksum=part.get("checksum", ""),
        locked=bool(part.get("locked")),
        grade=bool(part.get("grade")),
        solution=bool(part.get("solution")),
        task=bool(part.get("task")),
        points=float(part.get("points", 0)),
        id=cell_id(cell, grade_id(cell)),
        metadata=other_metadata(cell),
    )


def written(kind: str, source: str, cell_id: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell of a version 4.5 notebook, without outputs."""
    cell: dict[str, Any] = {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    made: NotebookNode = from_dict(cell)
    return made


def notebook_of(cells: list[NotebookNode], metadata: dict[str, Any]) -> NotebookNode:
    """A version 4.5 notebook of these cells."""
    notebook: NotebookNode = from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": []})
    notebook["cells"] = cells
    return notebook


def _where(metadata: dict[str, Any]) -> list[str]:
    """What a digest has to say of where tests run: nothing, where they run as they do by themselves."""
    return ["in_kernel"] if metadata.get("in_kernel") is True else []


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def cell_id(cell: NotebookNode | None, name: str) -> str:
    """The id of a cell as it was handed out; made of its name where it has none."""
    if cell is not None and cell.get("id"):
        return str(cell.id)
    return name if _ID.fullmatch(name) else hashlib.sha256(name.encode()).hexdigest()[:16]


def other_metadata(cell: NotebookNode | None) -> dict[str, Any]:
    """The metadata of a cell without nbgrader's."""
    return {key: value for key, value in cell.metadata.items() if key != "nbgrader"} if cell is not None else {}


def grade_id(cell: NotebookNode) -> str:
    """The name that the gradebook knows a cell by; '' for none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
