"""nbgrader's step that runs a submission, with the extra time of its student, as `course grade` gives it."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grader.engine.limits import Limits
from grader.engine.preprocessor import ExecuteIsolated
from grader.exchange.batch.extra_time import extended, factors


class ExecuteWithExtraTime(ExecuteIsolated):
    """`ExecuteIsolated`, by whose name it is configured, for a student who may have other time limits."""

    _factor = 1.0

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells of one submission. Raises what `ExecuteIsolated.preprocess` raises."""
        names = resources.get("nbgrader", {})
        if "db_url" in names:
            with Gradebook(names["db_url"]) as gradebook:
                held = factors(gradebook.db.connection(), names["assignment"])
            self._factor = held.get(names["student"], 1.0)
        return super().preprocess(nb, resources)

    def limits(self) -> Limits:
        """What this student's submission may use. Raises CourseError for a bound that is none."""
        return extended(super().limits(), self._factor)
