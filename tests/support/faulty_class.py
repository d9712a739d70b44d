"""What the fault tests grade, what they compare, and what they must not leave behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from support.batch_course import contents, earning, graded_files, hand_in_class
from support.grading_course import NAME, RIGHT, answered, hand_in
from support.stub_engine import marked
from support.waiting import until

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.gradebook import open_gradebook

SIZE = 24
TESTS = Path(__file__).resolve().parents[1]


def costly(patch: pytest.MonkeyPatch) -> None:
    """A tenth of a point for each hour that a submission is late."""
    patch.setattr(
        "nbgrader.plugins.latesubmission.LateSubmissionPlugin.late_submission_penalty",
        lambda self, student, score, seconds: seconds / 36_000,
    )


def class_for_the_stub(course: CourseDir) -> CourseDir:
    """All kinds of submissions, every third late; one was graded before, by hand too, and has handed in anew."""
    hand_in(course, "s00", earning(course, 2, 1))
    grade(course, NAME, jobs=1, execute=marked)
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "s00")
        given.manual_score, given.needs_manual_grade = 0.5, False
        gradebook.find_comment("why", NAME, NAME, "s00").manual_comment = "Good."
        gradebook.db.commit()
    hand_in_class(course, SIZE)
    late(course)
    return course


def class_for_the_engine(course: CourseDir) -> CourseDir:
    """Answers that are right, half right, missing, deadly, and noisy; a file that is damaged."""
    submissions = {
        "ada": answered(course, **RIGHT, why="Because."),
        "bob": answered(course, double="def double(x):\n    return abs(2 * x)", triple=RIGHT["triple"]),
        "cy": answered(course),
        "dan": answered(course, double="def double(x):\n    import os\n    os._exit(3)", triple=RIGHT["triple"]),
        "eve": answered(course, double="def double(x):\n    print('doubling', x)\n    return x + x"),
        "fay": "no notebook",
    }
    for student, notebook in submissions.items():
        hand_in(course, student, notebook)
    late(course)
    return course


def late(course: CourseDir) -> None:
    """Every third student is some hours late."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 10:00:00 UTC")
    for number, folder in enumerate(sorted((course.work / "submitted").iterdir())):
        hour = 10 + (3 + number % 7 if number % 3 == 0 else -1)
        (folder / NAME / "timestamp.txt").write_text(f"2026-11-20 {hour}:00:00 UTC")


def differences(course: CourseDir, undisturbed: CourseDir) -> list[str]:
    """Where scores, marks of what a person must look at, penalties, comments, journal or graded files differ."""
    ours, theirs = contents(course), contents(undisturbed)
    rows = [f"{name}: {row}" for name in theirs for row in set(map(str, ours[name])) ^ set(map(str, theirs[name]))]
    mine, other = graded_files(course), graded_files(undisturbed)
    return rows + [f"{name}: {mine.get(name)!r}" for name in mine | other if mine.get(name) != other.get(name)]


@contextmanager
def left_behind() -> Iterator[set[str]]:
    """Fills the set with what is there afterwards and was not before: processes, and temporary files."""
    left: set[str] = set()
    before = set(_there())
    yield left
    until(lambda: set(_there()) <= before, 120)
    left |= set(_there()) - before


def _there() -> Iterator[str]:
    # PyTorch keeps a folder for its own cache.
    yield from (str(path) for path in Path(tempfile.gettempdir()).iterdir() if "torchinductor" not in path.name)
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE and not _stays(process):
                yield f"{process.pid} {' '.join(process.cmdline())}"


def _stays(process: psutil.Process) -> bool:
    """Whether it waits for the next test: the engine's two parents (not what they fork), and Python's own helper."""
    words = process.cmdline()
    if "multiprocessing.resource_tracker" in " ".join(words):
        return True
    above = process.parent()
    engines = "grader.engine.fork_server" in words or "grader.engine.sandbox.zygote" in words
    return engines and above is not None and (above.pid == os.getpid() or above.name() == "bwrap")
