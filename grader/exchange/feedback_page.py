"""What the feedback page adds to nbgrader's: an exporter of its own, and points with titles and what still waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import GetGrades

from course_lib.selfcheck import cell_roles
from grader.exchange.batch.late import seconds_late
from grader.exchange.durations import in_words


class FeedbackPage(HTMLExporter):
    """nbconvert's exporter under a name of its own: what is configured for it leaves the formgrader's pages alone."""


class GetVerdicts(GetGrades):  # type: ignore[misc]  # nbgrader has no types
    """GetGrades, and for the table on top of the page `late_by`, and `title` and `waiting` of each graded cell."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Read the grades of one notebook."""
        last = ""
        for cell, title in zip(nb.cells, cell_roles.titles(nb), strict=True):
            if utils.is_grade(cell):
                # A second test under one heading goes by its own name.
                cell.metadata.nbgrader["title"] = "" if title == last else title
                last = title
        nb, resources = super().preprocess(nb, resources)
        part = resources["nbgrader"]
        part["score"] = max(0.0, part["score"])  # as nbgrader's export: never below zero
        part["late_by"] = self._late_by()
        part["waiting"] = any(cell.metadata.get("nbgrader", {}).get("waiting") for cell in nb.cells)
        return nb, resources

    def _late_by(self) -> str:
        with self.gradebook:  # GetGrades has closed it; it opens again
            submission = self.gradebook.find_submission(self.assignment_id, self.student_id)
            late = seconds_late(submission.timestamp, submission.assignment.duedate, submission.extension)
        return in_words(timedelta(seconds=late), most=2)

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader["waiting"] = grade.manual_score is None and grade.auto_score is None
