"""Somebody else holds the gradebook, for a while or for good: it is waited for, or told; nothing is lost."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from support.batch_course import contents, graded_files
from support.faulty_class import SIZE, differences
from support.grading_course import NAME
from support.stub_engine import marked

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import Standing, database, grade

TOLD = r"gradebook\.db cannot be used: database is locked: another program is writing to it\. End that .* again\.$"


def locked(course: CourseDir) -> sqlite3.Connection:
    """A connection that holds the gradebook, as the formgrader does while it writes."""
    other = sqlite3.connect(course.work / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    return other


def test_from_the_beginning(course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    before = contents(course), graded_files(course)
    other = locked(course)
    with pytest.raises(CourseError, match=TOLD):
        grade(course, NAME, jobs=1, execute=marked)
    other.close()
    assert (contents(course), graded_files(course)) == before
    grade(course, NAME, jobs=1, execute=marked)
    assert differences(course, undisturbed) == []


def test_in_the_middle_of_a_batch(course: CourseDir, undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    others = []

    def lock_after_five(standing: Standing) -> None:
        if standing.done == 5:
            others.append(locked(course))

    with pytest.raises(CourseError, match=TOLD):
        grade(course, NAME, jobs=1, execute=marked, watch=lock_after_five)
    others[0].close()
    assert 0 < len(contents(course)["journal"]) < SIZE - 3
    grade(course, NAME, jobs=1, execute=marked)
    assert differences(course, undisturbed) == []


def test_for_a_while(course: CourseDir, undisturbed: CourseDir) -> None:
    other = locked(course)
    end = threading.Timer(0.5, other.execute, ["rollback"])
    end.start()
    grade(course, NAME, jobs=1, execute=marked)
    assert end.finished.is_set()  # it waited for the lock
    end.join()
    other.close()
    assert differences(course, undisturbed) == []
