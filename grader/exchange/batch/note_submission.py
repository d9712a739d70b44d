"""nbgrader's step that records which submission a graded notebook is of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.engine.notes import leave_submitted
from grader.exchange.batch.files import read_folder
from grader.exchange.batch.part import Part


class NoteSubmission(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Leave the submission's digest in the notebook, as the journal of `course grade` has it. After RestoreCells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Note it in one notebook. Raises Damaged where `course grade` would refuse the submission's files."""
        names = resources["nbgrader"]
        course = CourseDirectory(config=self.config)
        folder = course.format_path(course.submitted_directory, names["student"], names["assignment"])
        part = Part(names["assignment"], names["notebook"])
        leave_submitted(nb, read_folder(Path(folder), part).digest)
        return nb, resources
