"""What all submissions of a batch have in common, earlier releases of the assignment among it."""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.repair.reference import Reference
from grader.engine.job import Job


@dataclass(frozen=True)
class CourseJob(Job):
    """The engine's job, and what only the repair of a submission needs.

    Attributes:
        earlier: the releases that students may have got before the one that is graded.
    """

    earlier: tuple[Reference, ...] = ()
