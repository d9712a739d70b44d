"""Why a submission that is graded again earns other points: read off the two graded notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.repair.reference import Reference, grade_id
from grader.engine.notes import REPORT
from grader.exchange.batch.history import Explain
from grader.exchange.case_results import CaseResult, case_results

ENGINE = "engine"
"""In a graded notebook's report: the version that graded it."""


@dataclass(frozen=True)
class Compared(Explain):
    """The graded notebook of a submission, and the one before.

    Attributes:
        path: where the one before lies; this one takes its place afterwards.
        text: this one.
        other_submission: whether the one before is of another submission.
        basis: what this grading and the one before are based on, as `basis_of` has it.
    """

    path: Path
    text: str
    reference: Reference
    other_submission: bool
    basis: tuple[Mapping[str, str], Mapping[str, str]]

    def cases(self, cell: str) -> tuple[str, ...]:
        """The cases that earned other points, or that only one of the two tests has."""
        before, after = (_cases(cells.get(cell)) for cells in self._cells)
        return tuple(
            name for name in {**before, **after} if name and _earned(before.get(name)) != _earned(after.get(name))
        )

    def why(self, cell: str) -> str:
        """All that was different and that the points of a cell may hang on."""
        reasons = ["another submission"] if self.other_submission else []
        if cell and self._differs(cell):
            reasons.append(f"the test changed ({cell})")
        given = [one.name for one in self.reference.cells if one.is_given and self._differs(one.name)]
        reasons += [f"given code changed ({', '.join(given)})"] if given else []
        reasons += ["files of the course or the extra time changed"] if self._other_files else []
        before, after = (str(one.metadata.get(REPORT, {}).get(ENGINE, "")) for one in self._notebooks)
        reasons += [f"the engine changed (from {before} to {after})"] if before and before != after else []
        return " and ".join(reasons) or "it was run again, and nothing else was different"

    @property
    def _other_files(self) -> bool:
        """Digests after the cells' own: see `basis_of`."""
        before, now = ({name: digest.partition("+")[2] for name, digest in one.items()} for one in self.basis)
        return any(name in now and now[name] != digest for name, digest in before.items())

    def _differs(self, cell: str) -> bool:
        before, after = (cells.get(cell) for cells in self._cells)
        if before is None or after is None:
            return before is not after
        points = (one.metadata.nbgrader.get("points") for one in (before, after))
        return before.source != after.source or len(set(points)) > 1

    @cached_property
    def _notebooks(self) -> tuple[NotebookNode, NotebookNode]:
        before = nbformat.v4.new_notebook()  # it was taken away: nothing is known of it
        if self.path.is_file():
            before = nbformat.read(self.path, as_version=4)
        return before, nbformat.reads(self.text, as_version=4)

    @cached_property
    def _cells(self) -> tuple[dict[str, NotebookNode], dict[str, NotebookNode]]:
        before, after = ({grade_id(cell): cell for cell in one.cells if grade_id(cell)} for one in self._notebooks)
        return before, after


def _cases(cell: NotebookNode | None) -> dict[str, CaseResult]:
    if cell is None or not cell.metadata.nbgrader.get("grade"):
        return {}
    return {case.name: case for case in case_results(cell)}


def _earned(case: CaseResult | None) -> float | None:
    return None if case is None else case.points
