"""Between build, release and grade: a warning where points and maximum belong to different versions."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from support.batch_course import copy_of, earning, publish
from support.grading_course import NAME, cell, hand_in, solution
from support.small_course import write_course
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.nbgrader_course import load as load_theirs
from grader.exchange.release import release
from grader.exchange.versions import version_warnings
from grader.nbgrader_config import ONE_LINE

STALE = "1 submission was graded by an earlier version of 00_mini: run `course grade 00_mini`."


@pytest.fixture(scope="module")
def graded_once(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    course = copy_of(released_once, tmp_path_factory.mktemp("versions") / "course")
    hand_in(course, "ada", earning(course, 2, 1))
    grade(course, NAME, jobs=1, execute=marked)
    return course


@pytest.fixture
def course(graded_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(graded_once, tmp_path / "course")


def test_from_a_new_build_to_new_grades(course: CourseDir) -> None:
    assert version_warnings(course, NAME) == []
    changed = solution()
    cell(changed, "double_tests").metadata.nbgrader["points"] = 10
    cell(changed, "triple_tests")["source"] += "\nassert triple(0) == 0"
    cell(changed, "double-text")["source"] = "Twice as much, please."  # no points hang on it
    publish(course, changed)
    assert version_warnings(course, NAME) == [
        "00_mini is not released as it is now: tests, points or given code differ (double_tests, triple_tests). "
        "Run `course release 00_mini`, then `course grade 00_mini`."
    ]
    release(course, NAME)
    assert version_warnings(course, NAME) == [STALE]
    elsewhere = course.work / "elsewhere"
    course.submitted(NAME, "ada").parent.rename(elsewhere)  # as a student is removed: no grading would mend it
    assert version_warnings(course, NAME) == []
    elsewhere.rename(course.submitted(NAME, "ada").parent)
    grade(course, NAME, jobs=1, execute=marked)
    assert version_warnings(course, NAME) == []


@pytest.mark.parametrize("key", ["source", "points"])
def test_what_nbgrader_has_graded_before(course: CourseDir, key: str) -> None:
    path = course.autograded(NAME, "ada")
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["by"] = "another program"  # so that the journal is not about this file
    path.write_text(json.dumps(notebook), "utf-8")
    assert version_warnings(course, NAME) == []
    tests = cell(notebook, "double_tests")
    if key == "points":
        tests.metadata.nbgrader["points"] = 1
    else:
        tests["source"] = "assert double(1) == 2"
    path.write_text(json.dumps(notebook), "utf-8")
    assert version_warnings(course, NAME) == [STALE]


def test_an_edited_source_in_a_course_of_nbgraders(tmp_path: Path) -> None:
    course = load_theirs(write_course(tmp_path / "theirs", ONE_LINE))
    release(course, "ps1")
    assert version_warnings(course, "ps1") == []
    path = course.solution("ps1", "problem")
    path.write_text(path.read_text("utf-8").replace("return np.mean(x)", "return x.mean()"), "utf-8")
    assert version_warnings(course, "ps1") == []  # the model answer may change
    path.write_text(path.read_text("utf-8").replace("== 2", "== 2.0"), "utf-8")
    assert [line[:30] for line in version_warnings(course, "ps1")] == ["ps1 is not released as it is n"]
