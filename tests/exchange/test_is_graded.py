"""Is this graded? Whoever graded it has recorded what it was; the dates of files say nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from nbgrader.converters import Autograde
from support.batch_course import copy_of, earning
from support.grading_course import NAME, RIGHT, answered, hand_in
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade, graded
from grader.exchange.converter import convert, log_file
from grader.exchange.feedback import feedback
from grader.exchange.gradebook import open_gradebook
from grader.exchange.scores import scores

LATER = f"what was handed in last is not graded: run `course grade {NAME}`"


@pytest.fixture(scope="module")
def autograded(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """Graded by plain `nbgrader autograde`, and the written answer by hand."""
    course = copy_of(released_once, tmp_path_factory.mktemp("plain") / "course")
    path = hand_in(course, "ada", answered(course, **RIGHT, why="Because."))
    path.with_name("data.csv").write_text("1,2")
    with log_file(course, "autograde") as log:
        convert(Autograde, course, NAME, log=log)
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        given.manual_score, given.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    return course


@pytest.fixture
def plain(autograded: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(autograded, tmp_path / "plain")


def test_plain_autograde_and_points_by_hand_count(plain: CourseDir) -> None:
    assert graded(plain, NAME).version("ada") == "latest"
    row = scores(plain, NAME).of("ada")
    assert (row.status, row.total) == ("graded", 3.5)
    assert list(feedback(plain, NAME).pages) == ["ada"]


@pytest.mark.parametrize("hours", [-5, 5])
def test_no_date_of_a_file_is_looked_at(plain: CourseDir, hours: int) -> None:
    path = plain.submitted(NAME, "ada")
    when = path.stat().st_mtime + hours * 3600
    os.utime(path, (when, when))
    assert feedback(plain, NAME).failed == {}
    assert scores(plain, NAME).of("ada").status == "graded"


@pytest.mark.parametrize("changed", ["ada.ipynb", "data.csv"])
def test_what_was_handed_in_after_plain_autograde_is_not_graded(plain: CourseDir, changed: str) -> None:
    """Not even with a file that is older than the graded notebook."""
    path = plain.submitted(NAME, "ada")
    old = path.stat().st_mtime
    if changed == "data.csv":
        path = path.with_name(changed)
        path.write_text("3,4")
    else:
        hand_in(plain, "ada", answered(plain))
    os.utime(path, (old, old))
    assert graded(plain, NAME).version("ada") == "earlier"
    assert feedback(plain, NAME).failed == {"ada": LATER}
    assert (scores(plain, NAME).of("ada").status, scores(plain, NAME).of("ada").total) == ("not graded", None)


def test_course_grade_grades_what_plain_autograde_did(plain: CourseDir) -> None:
    """It cannot know by which tests."""
    assert [one.outcome for one in grade(plain, NAME, jobs=1, execute=marked).results] == ["graded"]
    assert [one.outcome for one in grade(plain, NAME, jobs=1, execute=marked).results] == ["unchanged"]


def test_plain_autograde_after_course_grade_counts(plain: CourseDir) -> None:
    """The journal speaks of another graded notebook then."""
    grade(plain, NAME, jobs=1, execute=marked)
    hand_in(plain, "ada", answered(plain, **RIGHT))
    assert graded(plain, NAME).version("ada") == "earlier"
    with log_file(plain, "autograde") as log:
        convert(Autograde, plain, NAME, log=log)
    assert graded(plain, NAME).version("ada") == "latest"
    assert feedback(plain, NAME).failed == {}


def test_points_of_an_earlier_submission_are_not_those_of_the_last(released: CourseDir) -> None:
    path = hand_in(released, "ada", earning(released, 2, 1))
    assert graded(released, NAME).version("ada") == "unknown"
    grade(released, NAME, jobs=1, execute=marked)
    assert scores(released, NAME).of("ada").total == 3
    hand_in(released, "ada", earning(released, 1, 1))
    assert (scores(released, NAME).of("ada").status, scores(released, NAME).of("ada").total) == ("not graded", None)
    grade(released, NAME, jobs=1, execute=marked)
    assert scores(released, NAME).of("ada").total == 2
    path.unlink()
    path.with_name("homework.txt").touch()
    assert scores(released, NAME).of("ada").status == "not graded"


def test_grades_stay_when_the_submissions_are_cleared_away(released: CourseDir) -> None:
    hand_in(released, "ada", earning(released, 2, 1))
    grade(released, NAME, jobs=1, execute=marked)
    shutil.rmtree(released.work / "submitted")
    row = scores(released, NAME).of("ada")
    assert (row.status, row.total) == ("needs manual grading", 3)


def test_a_graded_notebook_of_which_nothing_is_recorded(released: CourseDir) -> None:
    """As from another course's folder: no page may tell of it."""
    hand_in(released, "ada", earning(released, 2, 1))
    path = released.autograded(NAME, "ada")
    path.parent.mkdir(parents=True)
    for content in ("{}", "no notebook", '{"metadata": {"grading": []}}'):
        path.write_text(content)
        assert graded(released, NAME).version("ada") == "unknown"
        assert feedback(released, NAME).failed == {"ada": LATER}
