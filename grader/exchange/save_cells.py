"""Enter an assignment in the gradebook, again after a change of its tests: grades and submissions stay."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, GradeCell, SolutionCell, SourceCell, TaskCell
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, SaveCells

from course_lib.errors import CourseError
from grader.exchange.earlier_releases import entered_before, is_kept, keep
from grader.exchange.gradebook import find_or_none

_NEEDED = {GradeCell: (Grade,), SolutionCell: (Comment,), TaskCell: (Grade, Comment)}
"""What every submission has for a cell of each type."""


class EnterCells(SaveCells):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's SaveCells that also takes new cells, new tests and new points once work was collected.

    nbgrader refuses new cells then, and deletes the release. Here the gradebook's entries are changed in place, in one
    transaction. Submissions get an empty grade for a new cell; `course grade` fills it in.
    """

    def _create_notebook(self, nb: NotebookNode) -> None:
        entry = find_or_none(self.gradebook.find_notebook, self.notebook_id, self.assignment_id)
        self._keep_releases(entry, nb)
        if entry is None or not entry.submissions:
            super()._create_notebook(nb)
            return
        self._require_no_loss(entry)
        entry.kernelspec = json.dumps(nb.metadata.get("kernelspec", {}))
        for source in [cell for cell in entry.source_cells if cell.name not in self.new_source_cells]:
            self.gradebook.db.delete(source)  # text or given code: nobody has a grade for it
        self._set_cells(SourceCell, entry.source_cells, self.new_source_cells, entry)
        self._set_cells(GradeCell, entry.grade_cells, self.new_grade_cells, entry)
        self._set_cells(SolutionCell, entry.solution_cells, self.new_solution_cells, entry)
        self._set_cells(TaskCell, entry.task_cells, self.new_task_cells, entry)
        self.gradebook.db.commit()

    def _keep_releases(self, entry: Any, nb: NotebookNode) -> None:
        """Keep what students get, and what they got before releases were kept: their notebooks are compared with it."""
        here = (self.gradebook.db.connection(), self.assignment_id, self.notebook_id)
        if entry is not None and entry.source_cells and not is_kept(*here):
            keep(*here, self._handed_out(entered_before(entry, nb)))
        keep(*here, self._handed_out(deepcopy(nb)))

    def _handed_out(self, nb: NotebookNode) -> NotebookNode:
        """A notebook without what is cleared from it after this step."""
        for step in (ClearHiddenTests, ClearMarkScheme):
            nb, _ = step(parent=self).preprocess(nb, {})
        return nb

    def _require_no_loss(self, entry: Any) -> None:
        before = {cell.name for cell in (*entry.grade_cells, *entry.solution_cells, *entry.task_cells)}
        now = {*self.new_grade_cells, *self.new_solution_cells, *self.new_task_cells}
        if lost := sorted(before - now):
            raise CourseError(
                f"{self.assignment_id} no longer has the answers or tests {', '.join(lost)}, for which students have "
                "grades. New cells, new tests and new points may come at any time, but a cell with grades keeps its "
                "name. Give it its name back, or give the new version of the assignment a new one."
            )

    def _set_cells(self, kind: Any, cells: list[Any], wanted: dict[str, dict[str, Any]], entry: Any) -> None:
        there = {cell.name: cell for cell in cells}
        for name, values in wanted.items():
            if name in there:
                for key, value in values.items():
                    setattr(there[name], key, value)
                continue
            cell = kind(name=name, notebook=entry, **values)
            self.gradebook.db.add(cell)
            for row in _NEEDED.get(kind, ()):
                self.gradebook.db.add_all(row(cell=cell, notebook=submission) for submission in entry.submissions)
