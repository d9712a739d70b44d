"""`course export --gradescope`: the zip that Gradescope builds an autograder from."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.course_dir import CourseDir
from grader.engine.limits import GiB, Limits
from grader.exchange.batch.assignment import given_files, load
from grader.exchange.batch.grade_class import job_of
from grader.exchange.export import number
from grader.exchange.gradebook import require_released
from grader.exchange.gradescope import assignment_file
from grader.exchange.gradescope.own_wheel import own_wheel, zipped
from grader.exchange.gradescope.pinned import pinned
from grader.whole_files import write_named

_SCRIPTS = Path(__file__).parents[1] / "templates" / "gradescope"
_STARTING = 120
"""Seconds for what is not the submission's own time: the engine's start, and repairing the notebook."""


@dataclass(frozen=True)
class Autograder:
    """The zip that was written, and what must be set on Gradescope.

    Attributes:
        points: the most that tests give.
        by_hand: the most that a person gives.
        minutes: after which a submission may be ended.
        gigabytes: of memory that a submission and its tests may take.
    """

    path: Path
    assignment: str
    points: float
    by_hand: float
    minutes: int
    gigabytes: int


def autograder_zip(course: CourseDir, assignment: str, out: Path | None = None) -> Autograder:
    """Write the autograder of a released assignment.

    Args:
        out: the file; `ASSIGNMENT-gradescope.zip` beside the grades by default.

    Raises:
        CourseError: the assignment is not released, the course's secret is damaged, or the file cannot be written.
    """
    require_released(course, assignment)
    given = given_files(course, assignment)
    parts = [(one.part, job_of(course, one, given)) for one in load(course, assignment)]
    jobs = [job for _, job in parts]
    wheel, content = own_wheel()
    files = {
        "setup.sh": (_script("setup.sh"), 0o755),
        "run_autograder": (_script("run_autograder"), 0o755),
        "requirements.txt": ("\n".join([*pinned(jobs), ""]).encode(), 0o644),
        wheel: (content, 0o644),
        assignment_file.FILE: (assignment_file.as_text(parts).encode(), 0o600),
    }
    path = out or course.grades.with_name(f"{assignment}-gradescope.zip")
    write_named(path, zipped(files))
    cells = [cell for job in jobs for cell in job.reference.cells]
    return Autograder(
        path,
        assignment,
        points=sum(cell.points for cell in cells if cell.is_test),
        by_hand=sum(cell.points for cell in cells if not cell.is_test),
        minutes=math.ceil(sum(_STARTING + job.limits.submission_seconds for job in jobs) / 60),
        gigabytes=max(_gigabytes(job.limits) for job in jobs),
    )


def autograder_text(made: Autograder, path: str) -> str:
    """What to do with it on Gradescope."""
    lines = [
        f"Written: {path}",
        "It holds the hidden tests: give it to nobody but Gradescope (Configure Autograder, upload).",
        f"Set there: autograder points {number(made.points)}, a timeout of {made.minutes} minutes or more, a container "
        f"with {made.gigabytes} GB of memory.",
        "Due dates, extensions and late penalties are Gradescope's own: the autograder takes off nothing.",
    ]
    if made.by_hand:
        lines.append(
            f"The other {number(made.by_hand)} points are given by a person: add them as manual grading on Gradescope."
        )
    return "\n".join(lines)


def _script(name: str) -> bytes:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (_SCRIPTS / name).read_text("utf-8").replace("@PYTHON@", python).encode()


def _gigabytes(limits: Limits) -> int:
    return math.ceil((limits.memory_bytes + limits.tester_memory_bytes) / GiB)
