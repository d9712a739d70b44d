"""One grader at a time: on this machine, and for a gradebook that several checkouts share."""

from __future__ import annotations

import fcntl
import multiprocessing
import re
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from support.batch_course import copy_of, graded_files
from support.faulty_class import SIZE, differences
from support.grading_course import NAME
from support.stub_engine import marked, slowly
from support.waiting import until

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.batch.lock import only_grader

FORK = multiprocessing.get_context("fork")
REFUSED = r"another `course grade` is running \({}\): wait for it, or stop it\."


def held(course: CourseDir) -> Any:
    """A process that holds the lock of a course until it is killed."""
    ready = FORK.Event()

    def hold() -> None:
        with only_grader(course):
            ready.set()
            signal.pause()

    holder = FORK.Process(target=hold)
    holder.start()
    assert ready.wait(60)
    return holder


def test_the_second_says_who_is_first_and_stops(course: CourseDir) -> None:
    holder = held(course)
    owner = f"process {holder.pid} on {socket.gethostname()}"[:63]
    before = graded_files(course)
    with pytest.raises(CourseError, match=REFUSED.format(re.escape(owner))):
        grade(course, NAME, jobs=1, execute=marked)
    assert graded_files(course) == before
    holder.kill()
    holder.join()
    assert (course.work / "grade.lock").read_text() == owner  # its lock is stale, and that is known
    assert len(grade(course, NAME, jobs=1, execute=marked).of("graded")) == SIZE - 3


def test_the_first_has_the_lock_and_is_about_to_write_its_name(course: CourseDir) -> None:
    with (course.work / "grade.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        name = threading.Timer(0.2, lambda: print("process 7 on a machine", file=file, flush=True))
        name.start()
        with pytest.raises(CourseError, match=REFUSED.format("process 7 on a machine")), only_grader(course):
            pass
        name.join()


def test_all_at_the_same_moment(course: CourseDir, undisturbed: CourseDir) -> None:
    """One of them grades the class; nobody spoils it."""
    start, said = FORK.Barrier(4), FORK.Queue()

    def one() -> None:
        start.wait(60)
        try:
            grade(course, NAME, jobs=1, execute=slowly)
            said.put("graded")
        except CourseError as error:
            said.put(str(error))

    graders = [FORK.Process(target=one) for _ in range(4)]
    for grader in graders:
        grader.start()
    answers = [said.get(timeout=120) for _ in graders]
    for grader in graders:
        grader.join()
    assert "graded" in answers
    refused = re.compile(REFUSED.format(r"process \d+ on .*"))
    assert [answer for answer in answers if answer != "graded" and not refused.match(answer)] == []
    assert differences(course, undisturbed) == []


def test_two_checkouts_with_one_gradebook(course: CourseDir, tmp_path: Path) -> None:
    """COURSE_DB names a file: its folder is locked too, and the lock file there is not the work folder's."""
    gradebook = tmp_path / "shared" / "gradebook.db"
    gradebook.parent.mkdir()
    (course.work / "gradebook.db").rename(gradebook)
    url = f"sqlite:///{gradebook}"
    other = copy_of(course, tmp_path / "other checkout")
    holder = held(CourseDir(course.root, course.work, db_url=url))
    with pytest.raises(CourseError, match=REFUSED.format(f"process {holder.pid} on .*")):
        grade(CourseDir(other.root, other.work, db_url=url), NAME, jobs=1, execute=marked)
    holder.kill()
    holder.join()
    grade(CourseDir(other.root, other.work, db_url=url), NAME, jobs=1, execute=marked)


def test_two_machines_with_one_gradebook_in_postgresql(postgresql: str, course: CourseDir) -> None:
    """The lock lies in the database, and goes with the connection of the one who is killed."""
    engine = create_engine(postgresql)
    here = CourseDir(course.root, course.work, db_url=postgresql)
    there = CourseDir(course.root, course.root / "elsewhere", db_url=postgresql)
    holder = held(here)
    with pytest.raises(CourseError, match=REFUSED.format(f"process {holder.pid} on .*")), only_grader(there):
        pass
    holder.kill()
    holder.join()
    with engine.connect() as connection:
        count = text("select count(*) from pg_locks where locktype = 'advisory'")
        assert until(lambda: connection.scalar(count) == 0)
    engine.dispose()
    with only_grader(there):
        pass
