"""The repairs as a step of nbgrader's: for plain `nbgrader autograde` and the formgrader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from course_lib.repair.damage import sentences
from course_lib.repair.reference import Reference
from course_lib.repair.repair import repaired
from grader.engine.gradebook_reference import reference_in_gradebook
from grader.engine.notes import leave_report


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """In place of nbgrader's ClearOutput, DeduplicateIds, OverwriteKernelspec and OverwriteCells: repair all."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair one notebook. Raises Damaged where it is certain that it cannot be graded."""
        found = repaired(nb, self._reference(resources["nbgrader"]))
        for sentence in sentences(found.repairs):
            self.log.warning("%s", sentence)
        leave_report(found.notebook, repairs=sentences(found.repairs))
        return found.notebook, resources

    def _reference(self, names: dict[str, str]) -> Reference:
        course = CourseDirectory(config=self.config)
        folder = Path(course.format_path(course.release_directory, ".", names["assignment"]))
        release = folder / f"{names['notebook']}.ipynb"
        with Gradebook(names["db_url"]) as gradebook:
            entry = gradebook.find_notebook(names["notebook"], names["assignment"])
            return reference_in_gradebook(entry, nbformat.read(release, as_version=4) if release.is_file() else None)
