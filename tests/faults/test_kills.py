"""The grader, a worker, the sandbox or the tester is killed at any moment: the same command completes the batch."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.batch_course import contents, graded_files
from support.faulty_class import SIZE, TESTS, differences
from support.grading_course import NAME
from support.processes import command
from support.stub_engine import marked, slowly
from support.waiting import until

from grader.course_dir import CourseDir
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import Standing, grade

SECONDS = 1.2  # that a batch takes with the slow stub
CHANGES = ("os.mkdir", "os.rename", "os.remove")
FORK = multiprocessing.get_context("fork")


class Killer:
    """Watches a batch, and kills a process at a moment drawn by lot: after so many submissions, and a little later."""

    def __init__(
        self, lot: random.Random, least: int, most: int, within: float, find: Callable[[], list[psutil.Process]]
    ) -> None:
        self.killed: psutil.Process | None = None
        self._lot, self._find = lot, find
        self._after = lot.randrange(least, most)
        self._timer = threading.Timer(lot.uniform(0, within), self._kill)
        self._over = threading.Event()

    def __call__(self, standing: Standing) -> None:
        if standing.done >= self._after and self._timer.ident is None:
            self._timer.start()

    def __enter__(self) -> Killer:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._timer.join()

    def _kill(self) -> None:
        until(lambda: self._strike() or self._over.is_set())

    def _strike(self) -> bool:
        """Kill one of those that are there. Who has just ended by itself does not count: then look again."""
        with suppress(psutil.NoSuchProcess):
            if there := self._find():
                one = self._lot.choice(there)
                one.kill()
                self.killed = one
        return self.killed is not None


def processes(word: str) -> list[psutil.Process]:
    """Those below this one that were started with this word."""
    return [one for one in psutil.Process().children(recursive=True) if word in " ".join(command(one))]


def workers() -> list[psutil.Process]:
    """They are forked from the grader, so they have its command line."""
    grader = psutil.Process()
    return [one for one in grader.children() if command(one) == grader.cmdline()]


def sandboxes() -> list[psutil.Process]:
    """The process in bubblewrap that all students' processes are forked from."""
    return [one for one in processes("grader.engine.sandbox.zygote") if psutil.Process(one.ppid()).name() == "bwrap"]


def fork_servers() -> list[psutil.Process]:
    return [one for one in processes("grader.engine.fork_server tester") if one.ppid() == os.getpid()]


def running_testers() -> list[psutil.Process]:
    return [one for server in fork_servers() for one in server.children()]


@pytest.mark.parametrize("moment", range(8))
def test_grader(moment: int, course: CourseDir, undisturbed: CourseDir) -> None:
    lot = random.Random(moment)
    killed = 0
    for _ in range(3):  # and again, while it makes up for the last time
        grader = FORK.Process(target=grade, args=(course, NAME), kwargs={"jobs": 1, "execute": slowly})
        grader.start()
        grader.join(lot.uniform(0.02, SECONDS / 2))
        if grader.is_alive():
            os.kill(grader.pid or 0, signal.SIGKILL)
            killed += 1
        grader.join()
    report = grade(course, NAME, jobs=1, execute=marked)
    assert killed
    assert len(report.results) == SIZE
    assert differences(course, undisturbed) == []


@pytest.mark.parametrize("step", range(1, 12))
def test_grader_before_each_step_of_recording(step: int, course: CourseDir, undisturbed: CourseDir) -> None:
    """Folder, time stamp and notebook of the first submission made, named and tidied up; the last step is another's."""
    names = sorted((course.work / "submitted").iterdir())
    assert (names[0] / NAME / "timestamp.txt").is_file()

    def killed() -> None:
        left = step

        def before(event: str, arguments: tuple[object, ...]) -> None:
            """An audit hook: Python calls it before it opens, makes, renames or removes a file."""
            nonlocal left
            opens = event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
            if (opens or event in CHANGES) and str(course.work / "autograded") in str(arguments[0]):
                left -= 1
                if not left:
                    os._exit(9)

        sys.addaudithook(before)  # ends with this process
        grade(course, NAME, jobs=1, execute=marked)

    grader = FORK.Process(target=killed)
    grader.start()
    grader.join()
    assert grader.exitcode == 9
    grade(course, NAME, jobs=1, execute=marked)
    assert differences(course, undisturbed) == []


@pytest.mark.parametrize("moment", range(4))
def test_worker(moment: int, course: CourseDir, undisturbed: CourseDir) -> None:
    """What the worker held is given to another; nobody has to run the command again."""
    with Killer(random.Random(moment), 1, SIZE // 2, 0.1, workers) as killer:
        report = grade(course, NAME, jobs=2, execute=slowly, watch=killer)
    assert killer.killed
    assert len(report.of("not graded")) == 3  # the damaged ones
    assert differences(course, undisturbed) == []


@pytest.mark.parametrize(
    ("victims", "moment"),
    [(sandboxes, n) for n in range(4)]
    + [(running_testers, n) for n in range(4)]
    + [(fork_servers, n) for n in range(2)],
)
def test_part_of_the_engine(
    victims: Callable[[], list[psutil.Process]], moment: int, real_course: CourseDir, really_undisturbed: CourseDir
) -> None:
    """The submission that was being run is run again: it loses nothing, and nobody has to run the command again."""
    with Killer(random.Random(moment), 0, 5, 0.15, victims) as killer:
        grade(real_course, NAME, jobs=1, execute=in_sandbox, watch=killer)
    assert killer.killed
    assert differences(real_course, really_undisturbed) == []


PROGRAM = f"""
import sys
from pathlib import Path
import pytest
from support.faulty_class import costly
from support.stub_engine import slowly
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import grade
from grader.course_dir import CourseDir
if __name__ == "__main__":
    costly(pytest.MonkeyPatch())
    course, jobs, execute = CourseDir.sandbox(Path(sys.argv[1])), int(sys.argv[2]), eval(sys.argv[3])
    grade(course, {NAME!r}, jobs=jobs, execute=execute)
"""


@pytest.mark.parametrize(("jobs", "execute"), [(2, slowly), (1, in_sandbox)])
def test_grader_takes_all_its_processes_with_it(
    jobs: int, execute: Callable[..., object], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """In a program of its own, killed when some submissions are done."""
    real = execute is in_sandbox
    course: CourseDir = request.getfixturevalue("real_course" if real else "course")
    undisturbed: CourseDir = request.getfixturevalue("really_undisturbed" if real else "undisturbed")
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    already = len(graded_files(course))
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(course.root), str(jobs), execute.__name__],
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: len(graded_files(course)) >= already + 2)
        children = psutil.Process(program.pid).children(recursive=True)
        assert len(children) >= 2
    finally:
        program.kill()
        program.wait()
    assert len(contents(course)["journal"]) < len(contents(undisturbed)["journal"])
    assert until(lambda: not any(one.is_running() and one.status() != "zombie" for one in children))
    grade(course, NAME, jobs=1, execute=in_sandbox if real else marked)
    assert differences(course, undisturbed) == []
