"""Penalties for late work, decided by nbgrader's plugin."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace

from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from course_lib.errors import CourseError
from grader.course_dir import CourseDir, has_nbgrader_config
from grader.exchange.nbgrader_course import configuration, importing_from
from grader.exchange.reasons import reason
from grader.nbgrader_config import configure, use_engine


class LatePenalties:
    """The late penalties of a course, as configured for nbgrader.

    Raises CourseError for a configuration that names no such rule.
    """

    def __init__(self, course: CourseDir) -> None:
        config = _config(course)
        try:
            with importing_from(course.root):  # where the rule may lie
                self._step = next((step(config=config) for step in _steps(config)), None)
                if self._step is not None:
                    self._step.init_plugin()
        except (TraitError, ImportError) as error:
            raise CourseError(f"nbgrader's configuration of late penalties: {str(error).rstrip('.')}.") from error

    def penalty(self, student: str, score: float, late: float) -> float | None:
        """Points off for `late` seconds, never more than were earned; None for none.

        Raises:
            CourseError: the rule fails.
        """
        if late <= 0 or self._step is None:
            return None
        try:
            points = self._step.plugin_inst.late_submission_penalty(student, score, late)
            if points is None:
                return None
            # nbgrader asks for an object with a score.
            checked = float(self._step._check_late_penalty(SimpleNamespace(score=score), points))
        except Exception as error:  # a course's own plugin may raise anything
            raise CourseError(f"the rule for late penalties fails for {student}: {reason(error)}.") from error
        if math.isnan(checked):
            raise CourseError(f"the rule for late penalties gives no number for {student}.")
        return checked


def seconds_late(submitted: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """How late a submission is, as nbgrader counts it."""
    if submitted is None or due is None:
        return 0.0
    return max(0.0, (submitted - due - (extension or timedelta())).total_seconds())


def _config(course: CourseDir) -> Config:
    """The configuration with which `nbgrader autograde` would run: that of our course may have a rule in its file."""
    if not course.is_ours or not has_nbgrader_config(course.root):
        return configure(Config(), course)
    try:
        return use_engine(configuration(course.root))
    except CourseError as error:
        raise CourseError(f"{course.root / 'nbgrader_config.py'}: {error}") from error


def _steps(config: Config) -> Iterator[type[AssignLatePenalties]]:
    """The steps of `nbgrader autograde` that assign penalties: none where the course has left them out of its list."""
    for step in config.Autograde.autograde_preprocessors:
        kind = import_item(step) if isinstance(step, str) else step
        if issubclass(kind, AssignLatePenalties):
            yield kind
