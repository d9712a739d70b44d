"""The `course` command in a course folder of a benchmark: run, timed and watched, and its points against the truth."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading_class import students
from grading_memory import peaks_of
from nbgrader.api import Gradebook

from grader.course_dir import CourseDir

CHECKOUT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]),
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    "COURSE_DB": "",
}
_COURSE = (
    "import sys; from grader.authoring.project import Project; Project.modules = lambda project: [sys.argv[2]]; "
    "from grader.cli import main; main()"
)
"""`course`, in a checkout that has no other assignment than the one it is called with."""

Points = Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class Grading:
    """One run of `course grade`.

    Attributes:
        began: when, in seconds since 1970.
        seconds: of the command, its start included.
        peaks: megabytes of memory by role.
    """

    began: float
    seconds: float
    peaks: Mapping[str, float]


def release(course: CourseDir, name: str) -> None:
    """Enter the assignment in the course's gradebook."""
    run([sys.executable, "-c", _COURSE, "release", name], course.root)


def grade(course: CourseDir, name: str, *options: str) -> Grading:
    """Grade what is to be graded of a class."""
    command = [sys.executable, "-c", _COURSE, "grade", name, *options]
    began, clock = time.perf_counter(), time.time()
    with started(command, course.root) as process, peaks_of(process.pid) as peaks:
        process.wait()
    seconds = time.perf_counter() - began
    _require(process, command, course.root)
    return Grading(clock, seconds, peaks)


def written(course: CourseDir, name: str, size: int) -> list[float]:
    """When the graded notebooks of `students(size)` were written, in seconds since 1970, in order."""
    return sorted(course.autograded(name, student).stat().st_mtime for student in students(size))


def drift(times: Sequence[float]) -> float:
    """How much longer the last quarter of a class took than the second one, by what `written` found."""
    quarter = len(times) // 4
    return (times[-1] - times[-1 - quarter]) / (times[2 * quarter - 1] - times[quarter - 1]) - 1


def run(command: Sequence[str], folder: Path, *, strict: bool = True) -> None:
    """Run a command in a folder; where it fails, end with what it said."""
    with started(command, folder) as process:
        process.wait()
    if strict:
        _require(process, command, folder)


def started(command: Sequence[str], folder: Path, output: str = "output.txt") -> subprocess.Popen[bytes]:
    """Start a command in a folder, and keep what it says in a file there."""
    with (folder / output).open("wb") as file:
        return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=file, stderr=subprocess.STDOUT)


def points(gradebook_url: str, name: str) -> Points:
    """What the tests gave, by student and test cell."""
    with Gradebook(gradebook_url) as gradebook:
        return {
            submission.student.id: {g.name: g.auto_score for notebook in submission.notebooks for g in notebook.grades}
            for submission in gradebook.assignment_submissions(name)
        }


def differences(found: Points, expected: Points) -> list[str]:
    """Points that are not as they must be, of the students that were found."""
    return [
        f"{student} {test}: {found[student].get(test)} instead of {points}"
        for student, tests in expected.items()
        if student in found
        for test, points in tests.items()
        if found[student].get(test) != points
    ]


def _require(process: subprocess.Popen[bytes], command: Sequence[str], folder: Path) -> None:
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'output.txt').read_text('utf-8', 'replace')}")
