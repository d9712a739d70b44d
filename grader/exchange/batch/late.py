"""Penalties for late work, decided by nbgrader's plugin."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from grader.course_dir import CourseDir
from grader.nbgrader_config import configure


class LatePenalties:
    """The late penalties of a course, as configured for nbgrader."""

    def __init__(self, course: CourseDir) -> None:
        self._step = AssignLatePenalties(config=configure(Config(), course))
        self._step.init_plugin()

    def penalty(self, student: str, score: float, late: float) -> float | None:
        """Points off for `late` seconds, never more than were earned; None for none."""
        if late <= 0:
            return None
        points = self._step.plugin_inst.late_submission_penalty(student, score, late)
        # nbgrader asks for an object with a score.
        return None if points is None else float(self._step._check_late_penalty(SimpleNamespace(score=score), points))


def seconds_late(submitted: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """How late a submission is, as nbgrader counts it."""
    if submitted is None or due is None:
        return 0.0
    return max(0.0, (submitted - due - (extension or timedelta())).total_seconds())
