"""nbgrader's step that names what two interpreters cannot honor, when an assignment is entered."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.audit.constructs import constructs


class NameConstructs(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Log a warning for each line of a test cell that will give other points than in one kernel; change nothing."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Look at one source notebook."""
        for found in constructs(nb):
            self.log.warning("%s", found)
        return nb, resources
