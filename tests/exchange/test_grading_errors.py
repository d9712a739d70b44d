"""Mistakes on the way to a grade: one sentence that says what to do, never a traceback."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from support.grading_course import NAME, RIGHT, answered, cell, hand_in, make_course, solution

from course_lib.errors import CourseError
from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.collect import collect
from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.scores import scores


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    return make_course(tmp_path / "course")


def says(text: str) -> str:
    return re.escape(text)


def test_an_unknown_assignment_is_told_with_the_known_ones(course: CourseDir) -> None:
    with pytest.raises(CourseError, match=says("no assignment is called '99_nothing'; there are: 00_mini.")):
        release(course, "99_nothing")
    for command in (grade, feedback, scores):
        with pytest.raises(CourseError, match="no assignment is called '99_nothing'"):
            command(course, "99_nothing")
    with pytest.raises(CourseError, match="no assignment is called '99_nothing'"):
        collect(course, "99_nothing", course.root)


def test_grading_needs_a_release_first(course: CourseDir) -> None:
    with pytest.raises(CourseError, match=says("is not in the gradebook yet: run `course release 00_mini` first.")):
        grade(course, NAME)


def test_grading_needs_submissions(released: CourseDir) -> None:
    with pytest.raises(CourseError, match=says("nobody has handed in 00_mini: run `course collect 00_mini DOWNLOAD`")):
        grade(released, NAME)


def test_an_unknown_student_is_told_with_those_who_handed_in(released: CourseDir) -> None:
    hand_in(released, "ada", answered(released))
    with pytest.raises(CourseError, match=says("no student is called bob; 00_mini was handed in by ada.")):
        grade(released, NAME, ["bob"])
    with open_gradebook(released) as gradebook:
        gradebook.add_student("carol")
    with pytest.raises(CourseError, match=says("carol has not handed in 00_mini.")):
        grade(released, NAME, ["carol"])
    with pytest.raises(CourseError, match=says("bob has handed in nothing for 00_mini.")):
        feedback(released, NAME, ["bob"])


def test_feedback_needs_grades(released: CourseDir) -> None:
    hand_in(released, "ada", answered(released))
    with pytest.raises(CourseError, match=says("nothing of 00_mini is graded yet: run `course grade 00_mini` first.")):
        feedback(released, NAME)


def test_a_missing_kernel_is_told_before_anybody_is_graded(tmp_path: Path) -> None:
    course = make_course(tmp_path, kernel="julia-1.9")
    release(course, NAME)
    hand_in(course, "ada", answered(course))
    with pytest.raises(CourseError, match=r"asks for the kernel 'julia-1.9', which is not installed; .*python3"):
        grade(course, NAME)


def test_a_stale_release_notebook_is_refused_and_nothing_entered(course: CourseDir) -> None:
    course.released(NAME).write_text(course.released(NAME).read_text("utf-8").replace("Double it", "Halve it"), "utf-8")
    with pytest.raises(CourseError, match="is not what the solution notebook gives: run `course build`"):
        release(course, NAME)
    with open_gradebook(course) as gradebook:
        assert gradebook.assignments == []
    course.released(NAME).unlink()
    with pytest.raises(CourseError, match="is missing: run `course build`"):
        release(course, NAME)


@pytest.mark.parametrize("text", ["no JSON", "{}", "[]", '{"cells": 3}'])
def test_damaged_built_notebooks_are_told(released: CourseDir, text: str) -> None:
    released.released(NAME).write_text(text)
    with pytest.raises(CourseError, match=r"00_mini.ipynb cannot be read, the .*: run `course build`\.$"):
        export(released, NAME)
    with pytest.raises(CourseError, match="is not what the solution notebook gives: run `course build`"):
        release(released, NAME)
    released.released(NAME).unlink()
    with pytest.raises(CourseError, match=r"00_mini.ipynb is missing: run `course build`\.$"):
        export(released, NAME)
    released.solution(NAME).write_text("no JSON")
    with pytest.raises(
        CourseError, match=r"cannot be read, the file is not a notebook \(not JSON\): run `course build`"
    ):
        release(released, NAME)


def test_what_was_handed_in_but_not_run_is_not_called_missing(released: CourseDir) -> None:
    with open_gradebook(released) as gradebook:
        gradebook.add_student("ada")
        gradebook.add_student("bob")
    hand_in(released, "ada", answered(released))
    assert {row.student: row.status for row in scores(released, NAME).rows} == {
        "ada": "not graded",
        "bob": "not submitted",
    }


def test_a_cell_that_is_gone_after_submissions_is_refused_and_the_release_survives(released: CourseDir) -> None:
    hand_in(released, "ada", answered(released, **RIGHT))
    grade(released, NAME)
    changed = solution()
    cell(changed, "triple").metadata.nbgrader["grade_id"] = "treble"
    text = nbformat.writes(changed)
    released.solution(NAME).write_text(text, "utf-8")
    released.released(NAME).write_text(generate(NAME, text), "utf-8")
    with pytest.raises(CourseError, match="00_mini no longer has the answers or tests triple, for which"):
        release(released, NAME)
    assert released.released(NAME).is_file()


def test_a_release_may_be_repeated(released: CourseDir) -> None:
    assert release(released, NAME) == release(released, NAME)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no address", "'no address' is no address of a gradebook; COURSE_DB looks like sqlite:"),
        ("nosql://somewhere", "'nosql://somewhere' is no address of a gradebook"),
        ("sqlite:////dev/null/gradebook.db", "the gradebook /dev/null/gradebook.db cannot be written: "),
        ("mysql+oursql://me:secret@host/db", "needs the Python package 'oursql'|is no address of a gradebook"),
    ],
)
def test_a_gradebook_that_cannot_be_reached(course: CourseDir, url: str, message: str) -> None:
    with pytest.raises(CourseError, match=message) as caught:
        release(replace(course, db_url=url), NAME)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_gradebook_is_told_and_left_alone(course: CourseDir) -> None:
    file = course.work / "gradebook.db"
    file.write_text("my shopping list\n" * 100)
    with pytest.raises(CourseError, match=r"gradebook.db cannot be opened: file is not a database\.$"):
        release(course, NAME)
    assert file.read_text().startswith("my shopping list")


def test_a_folder_in_place_of_the_gradebook(course: CourseDir) -> None:
    (course.work / "gradebook.db").mkdir()
    with pytest.raises(CourseError, match=r"gradebook.db cannot be opened: unable to open database file\.$"):
        release(course, NAME)


def test_a_gradebook_that_is_read_only(released: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hand_in(released, "ada", answered(released))
    read_only = replace(released, db_url=f"sqlite:///file:{released.work}/gradebook.db?mode=ro&uri=true")
    with pytest.raises(CourseError, match="attempt to write a readonly database"):
        grade(read_only, NAME)
    assert [path.name for path in tmp_path.iterdir()] == ["released"]  # its address is no name of a folder


def test_an_empty_gradebook_has_nothing_to_export(course: CourseDir) -> None:
    with pytest.raises(CourseError, match="the gradebook is empty: run `course release ASSIGNMENT` first"):
        export(course)


def test_an_export_that_cannot_be_written(released: CourseDir, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be written: No such file or directory"):
        export(released, NAME, tmp_path / "nowhere" / "grades.csv")


def test_a_log_that_cannot_be_written(course: CourseDir) -> None:
    course.log.write_text("a file where the folder should be")
    with pytest.raises(CourseError, match=r"the log .* cannot be written"):
        release(course, NAME)
