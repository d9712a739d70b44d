"""The engine's step of repair, for submissions of an earlier release too."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course_lib.repair.damage import sentences
from grader.engine.notes import leave_report
from grader.engine.restore import RestoreCells
from grader.exchange.earlier_releases import earlier_releases
from grader.exchange.repaired_since import repaired_since


class RestoreSince(RestoreCells):
    """RestoreCells that tells what the course has changed from what the student has."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair one notebook. Raises Damaged where it is certain that it cannot be graded."""
        names = resources["nbgrader"]
        reference = self._reference(names)
        with Gradebook(names["db_url"]) as gradebook:
            earlier = earlier_releases(gradebook.db.connection(), names["assignment"], reference)
        found = repaired_since(nb, reference, earlier)
        told = sentences(found.repairs)
        for sentence in told:
            self.log.warning("%s", sentence)
        leave_report(found.notebook, repairs=told)
        return found.notebook, resources
