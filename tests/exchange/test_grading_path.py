"""Release, grade, feedback and scores on a tiny course: each submission is one that has gone wrong for somebody."""

from __future__ import annotations

import errno
import os
import re
import shutil
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from support.grading_course import HIDDEN, NAME, RIGHT, answered, cell, hand_in, make_course

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.engine.isolation import Isolation
from grader.engine.single_kernel import in_kernel
from grader.exchange.batch import GradeReport, grade
from grader.exchange.feedback import FeedbackReport, feedback
from grader.exchange.release import Release, release
from grader.exchange.scores import Scores, scores

DIES = "def double(x):\n    import os\n    os._exit(1)"
LOOPS = "def double(x):\n    while True:\n        pass"
CANNOT_BE_INTERRUPTED = """\
def double(x):
    while True:
        try:
            while True:
                pass
        except:
            pass"""
SPIES = """\
import traceback
from IPython.display import HTML, Javascript, display
def double(x):
    traceback.print_stack()
    display(HTML("<p>harmless</p>"))
    display(HTML("<script>alert('html')</script>"))
    display(Javascript("alert('js')"))
    if x < 0:
        raise RuntimeError("negative")
    return 2 * x"""


@dataclass(frozen=True)
class Class:
    course: CourseDir
    release: Release
    report: GradeReport
    scores: Scores
    feedback: FeedbackReport

    def points(self, student: str) -> list[float | None]:
        return list(self.scores.of(student).points.values())

    def notes(self, student: str) -> tuple[str, ...]:
        return next(r.notes for r in self.report.results if r.student == student)

    def graded(self, student: str) -> NotebookNode:
        return nbformat.read(self.course.autograded(NAME, student), as_version=4)

    def page(self, student: str) -> str:
        return self.feedback.pages[student].read_text("utf-8")


def without(notebook: NotebookNode, *names: str) -> NotebookNode:
    notebook.cells = [c for c in notebook.cells if c.metadata.nbgrader.grade_id not in names]
    return notebook


def copied(notebook: NotebookNode, name: str) -> NotebookNode:
    twin = deepcopy(cell(notebook, name))
    twin["id"] = "another"
    notebook.cells.insert(0, twin)
    return notebook


def without_metadata(notebook: NotebookNode) -> NotebookNode:
    for c in notebook.cells:
        del c.metadata["nbgrader"]
    return notebook


def cheating(notebook: NotebookNode) -> NotebookNode:
    cell(notebook, "double_tests")["source"] = "2"
    cell(notebook, "double_tests").metadata.nbgrader["points"] = 100
    return notebook


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    course = make_course(tmp_path_factory.mktemp("course (one+two)"), timeout=3)
    released = release(course, NAME)
    right = answered(course, **RIGHT, why="Because it doubles.")
    submissions: dict[str, NotebookNode | str] = {
        "perfect": right,
        "blank": answered(course),
        "half": answered(course, double="def double(x):\n    return abs(2 * x)", triple=RIGHT["triple"]),
        "deleted": without(deepcopy(right), "title", "shared-1", "double_tests", "why"),
        "all-tests-deleted": without(deepcopy(right), "double_tests", "triple_tests"),
        "copied": copied(deepcopy(right), "double_tests"),
        "stripped": without_metadata(deepcopy(right)),
        "cheats": cheating(answered(course, why="...")),
        "loops": answered(course, double=LOOPS, triple=RIGHT["triple"]),
        "wedged": answered(course, double=CANNOT_BE_INTERRUPTED, triple=RIGHT["triple"]),
        "dies": answered(course, double=DIES, triple=RIGHT["triple"]),
        "spies": answered(course, double=SPIES, why="[click](javascript:alert(1)) and <b>bold</b>"),
        "not-json": "this is no notebook",
        "no-cells": "{}",
    }
    for student, notebook in submissions.items():
        hand_in(course, student, notebook)
    misnamed = hand_in(course, "misnamed", right)
    misnamed.rename(misnamed.with_name("homework.ipynb"))
    other_file = hand_in(course, "other-file", "my homework")
    other_file.rename(other_file.with_name("homework.txt"))
    report = grade(course, NAME, execute=in_kernel)
    return Class(course, released, report, scores(course, NAME), feedback(course, NAME))


def test_release_counts_exercises_and_points(graded: Class) -> None:
    assert (graded.release.exercises, graded.release.points, graded.release.written) == (3, 4, 1)
    assert graded.release.notebook == graded.course.released(NAME)


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("perfect", [2, 1, None]),
        ("blank", [0, 0, 0]),
        ("half", [1, 1, 0]),
        ("deleted", [2, 1, 0]),
        ("all-tests-deleted", [2, 1, None]),
        ("copied", [2, 1, None]),
        ("stripped", [2, 1, None]),
        ("cheats", [0, 0, None]),
        ("loops", [0, 1, 0]),
        ("wedged", [0, 1, 0]),
        ("dies", [0, 1, 0]),
        ("misnamed", [2, 1, None]),
        ("spies", [0, 0, None]),
    ],
)
def test_points(graded: Class, student: str, points: list[float | None]) -> None:
    assert graded.points(student) == points


def test_a_written_answer_waits_for_a_person(graded: Class) -> None:
    assert graded.scores.of("perfect").status == "needs manual grading"
    assert graded.scores.of("perfect").total == 3
    assert graded.scores.of("blank").status == "graded"
    assert graded.scores.by_hand == 1


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("not-json", "the file is not a notebook (not JSON)"),
        ("other-file", "there is no 00_mini.ipynb, but homework.txt"),
    ],
)
def test_what_cannot_be_graded_is_reported_and_is_not_zero(graded: Class, student: str, reason: str) -> None:
    result = next(r for r in graded.report.results if r.student == student)
    assert (result.outcome, result.reason) == ("not graded", reason)
    row = graded.scores.of(student)
    assert (row.status, row.total, set(row.points.values())) == ("not graded", None, {None})
    assert student not in graded.feedback.pages


def test_json_that_is_no_notebook_is_reported(graded: Class) -> None:
    result = next(r for r in graded.report.results if r.student == "no-cells")
    assert result.outcome == "not graded"
    assert "\n" not in result.reason


def test_one_bad_submission_stops_nobody_else(graded: Class) -> None:
    assert len(graded.report.results) == 16
    assert {r.student for r in graded.report.of("not graded")} == {"not-json", "no-cells", "other-file"}
    assert {r.student for r in graded.report.damaged} == {"not-json", "no-cells", "other-file"}


def test_notes_say_what_happened_on_the_way(graded: Class) -> None:
    assert graded.notes("perfect") == ()
    assert graded.notes("loops") == ("double_tests: stopped after 3 s",)
    assert graded.notes("wedged") == ("double_tests: stopped after 3 s",)
    assert graded.notes("dies") == ("double_tests: the kernel died",)
    assert [r.student for r in graded.report.slow] == ["loops", "wedged"]
    assert [r.student for r in graded.report.crashed] == ["dies"]
    assert len(graded.report.kept_apart_by(Isolation.NONE)) == 13


def test_repairs_are_told_to_the_instructor_and_to_the_student(graded: Class) -> None:
    repairs = {result.student: result.repairs for result in graded.report.repaired}
    assert repairs == {
        "deleted": (
            "One given cell was missing and was put back (shared-1).",
            "One test cell was missing and was put back (double_tests).",
            "One written answer was missing; its empty cell was put back (why).",
        ),
        "all-tests-deleted": ("Two test cells were missing and were put back (double_tests, triple_tests).",),
        "copied": ("One cell was there twice; the copy was left out (double_tests).",),
        "stripped": (
            "Six cells had lost their labels and were recognized by their content "
            "(shared-1, double, double_tests, triple, triple_tests, why).",
        ),
        "cheats": ("One test cell was not as it was handed out and was restored (double_tests).",),
        "misnamed": ("The file was called homework.ipynb; it was taken all the same.",),
    }
    for student, sentences in repairs.items():
        assert all(sentence in graded.page(student) for sentence in sentences)
    assert "put back" not in graded.page("perfect")


def test_a_deleted_cell_comes_back_to_its_place(graded: Class) -> None:
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in graded.graded("deleted").cells]
    assert names == [
        *("shared-1", "double-text", "double", "double_tests"),
        *("triple-text", "triple", "triple_tests", "why"),
    ]


def test_the_log_has_the_details_and_the_terminal_nothing(graded: Class, capfd: pytest.CaptureFixture[str]) -> None:
    text = graded.report.log.read_text("utf-8")
    assert "not-json could not be graded" in text
    assert "(not JSON)" in text
    grade(graded.course, NAME, ["perfect"], force=True)
    assert capfd.readouterr() == ("", "")


def test_stderr_stays_visible(graded: Class) -> None:
    outputs = cell(graded.graded("perfect"), "triple_tests").outputs
    assert [(o.output_type, o.name, o.text) for o in outputs] == [("stream", "stdout", "a warning\n")]


def test_every_graded_student_gets_a_page(graded: Class) -> None:
    assert len(graded.feedback.pages) == 13
    assert graded.feedback.failed == dict.fromkeys(("no-cells", "not-json", "other-file"), "not graded")
    assert graded.feedback.pages["perfect"] == graded.course.feedback(NAME, "perfect")


def test_no_page_shows_hidden_tests(graded: Class) -> None:
    for student in graded.feedback.pages:
        page = graded.page(student)
        assert HIDDEN not in page
        assert "BEGIN HIDDEN" not in page
        assert "earned += " not in page
        assert "# (hidden tests)" in page
    assert HIDDEN in cell(graded.graded("perfect"), "double_tests").source  # the instructor's copy has them


def test_a_page_runs_no_code_of_the_student(graded: Class) -> None:
    page = graded.page("spies")
    assert not re.search(r"<script[^>]*>[^<]*alert", page)
    assert "<a>click</a>" in page
    assert "<p>harmless</p>" in page


def test_a_page_has_a_line_per_exercise(graded: Class) -> None:
    page = graded.page("half")
    assert "00_mini: 2 of 4 points</h1>" in page
    assert "some cases failed" in page
    assert "00_mini: 3 of 4 points so far</h1>" in graded.page("perfect")
    assert "not graded yet" in graded.page("perfect")


def test_a_timeout_is_explained_without_a_traceback(graded: Class) -> None:
    page = graded.page("loops")
    assert "This cell was stopped after 3 s: look for a loop that never ends." in page
    assert "KeyboardInterrupt" not in page


def test_grading_again_runs_only_what_changed(graded: Class, tmp_path: Path) -> None:
    course = CourseDir.sandbox(tmp_path / "copy")
    shutil.copytree(graded.course.root, course.root)
    hand_in(course, "half", answered(course, **RIGHT))
    hand_in(course, "perfect", "broken now")
    hand_in(course, "new", answered(course, triple=RIGHT["triple"]))
    students = ["blank", "half", "new", "perfect"]
    outcomes = {r.student: r.outcome for r in grade(course, NAME, students).results}
    assert outcomes == {"blank": "unchanged", "half": "graded", "new": "graded", "perfect": "not graded"}
    after = scores(course, NAME)
    assert after.of("half").total == 3
    assert after.of("new").total == 1
    assert after.of("perfect").total is None  # what the earlier version earned is not this one's


def test_no_page_tells_of_an_earlier_version(graded: Class, tmp_path: Path) -> None:
    course = CourseDir.sandbox(tmp_path / "copy")
    shutil.copytree(graded.course.root, course.root)
    hand_in(course, "half", "broken now")
    for reason in (f"what was handed in last is not graded: run `course grade {NAME}`", "not graded"):
        report = feedback(course, NAME, ["half", "perfect"])
        assert list(report.pages) == ["perfect"]
        assert report.failed == {"half": reason}
        grade(course, NAME, ["half"])  # it is broken


def test_a_full_disk_leaves_the_earlier_page(graded: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = graded.page("perfect")
    monkeypatch.setattr(GenerateFeedback, "write_single_notebook", full)
    with pytest.raises(CourseError, match=rf"perfect/{NAME} cannot be written: No space left on device\. What"):
        feedback(graded.course, NAME, ["perfect", "half"])
    assert graded.page("perfect") == before
    assert not list(graded.course.work.glob("feedback-*"))


def test_points_given_by_hand_win(graded: Class, tmp_path: Path) -> None:
    from grader.exchange.gradebook import open_gradebook

    course = CourseDir.sandbox(tmp_path / "copy")
    shutil.copytree(graded.course.root, course.root)
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "perfect")
        given.manual_score, given.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    row = scores(course, NAME).of("perfect")
    assert (row.total, row.status) == (3.5, "graded")
    page = feedback(course, NAME, ["perfect"]).pages["perfect"].read_text("utf-8")
    assert "00_mini: 3.5 of 4 points</h1>" in page
