"""The assignment changes after work on it was graded: new tests, new points, one exercise; nothing is ever deleted."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from support.batch_course import contents, copy_of, earning, publish
from support.grading_course import NAME, cell, hand_in, solution
from support.stub_engine import marked

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.scores import scores


@pytest.fixture(scope="module")
def graded_once(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """Two students are graded, and `why` of one by hand."""
    course = copy_of(released_once, tmp_path_factory.mktemp("change") / "course")
    hand_in(course, "ada", earning(course, 2, 1))
    hand_in(course, "bob", earning(course, 0.5, 1))
    grade(course, NAME, jobs=1, execute=marked)
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        given.manual_score, given.needs_manual_grade = 0.5, False
        gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = "Good."
        gradebook.db.commit()
    return course


@pytest.fixture
def course(graded_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(graded_once, tmp_path / "course")


def with_new_exercise() -> NotebookNode:
    notebook = solution()
    part = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3, "grade_id": "four"}
    answer = new_code_cell("def four(x):\n    ### BEGIN SOLUTION\n    return 4 * x\n    ### END SOLUTION", id="four")
    answer.metadata["nbgrader"] = part
    tests = new_code_cell("assert four(1) == 4", id="four_tests")
    tests.metadata["nbgrader"] = part | {
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 3,
        "grade_id": "four_tests",
    }
    notebook.cells[5:5] = [answer, tests]
    return notebook


def test_a_new_exercise_is_entered_and_everybody_graded_again(course: CourseDir) -> None:
    before = contents(course)
    publish(course, with_new_exercise())
    entered = release(course, NAME)
    assert (entered.exercises, entered.points, entered.stale) == (4, 7, 2)
    now = contents(course)
    assert [row for row in now["grades"] if row[1] != "four_tests"] == before["grades"]
    assert [row for row in now["grades"] if row[1] == "four_tests"] == [
        (student, "four_tests", None, None, None, 1) for student in ("ada", "bob")
    ]
    assert scores(course, NAME).of("bob").status == "not graded"  # until the new test has run
    report = grade(course, NAME, jobs=1, execute=marked)
    assert len(report.of("graded")) == 2
    assert sorted(report.results[0].repairs) == [
        "One exercise is new since the notebook was handed out; its answer is missing, and its tests fail (four).",
        "One test is new since the notebook was handed out and was added (four_tests).",
    ]
    after = contents(course)
    assert [row for row in after["grades"] if row[1] != "four_tests"] == before["grades"]  # `why` as it was given
    assert release(course, NAME).stale == 0
    names = [c.metadata.nbgrader.grade_id for c in nbformat.read(course.autograded(NAME, "ada"), 4).cells]
    assert names.index("double_tests") < names.index("four_tests") < names.index("triple-text")


def test_new_points(course: CourseDir) -> None:
    changed = solution()
    cell(changed, "double_tests").metadata.nbgrader["points"] = 10
    publish(course, changed)
    assert release(course, NAME).points == 12
    assert {row[2] for row in contents(course)["grades"] if row[1] == "double_tests"} == {2.0, 0.5}
    assert len(grade(course, NAME, jobs=1, execute=marked).of("graded")) == 2
    assert scores(course, NAME).max == 12
    assert scores(course, NAME).of("ada").total == 3.5


def test_another_text_is_no_reason_to_grade_again(course: CourseDir) -> None:
    changed = solution()
    cell(changed, "double-text")["source"] = "Twice as much, please."
    cell(changed, "title").metadata.nbgrader["grade_id"] = "heading"
    cell(changed, "heading")["id"] = "heading"
    publish(course, changed)
    assert release(course, NAME).stale == 0
    assert len(grade(course, NAME, jobs=1, execute=marked).of("unchanged")) == 2


def test_a_cell_with_grades_keeps_its_name(course: CourseDir) -> None:
    before = contents(course)
    changed = solution()
    cell(changed, "triple_tests").metadata.nbgrader["grade_id"] = "treble_tests"
    publish(course, changed)
    with pytest.raises(
        CourseError, match="00_mini no longer has the answers or tests triple_tests, for which students"
    ):
        release(course, NAME)
    assert contents(course) == before
    assert course.released(NAME).is_file()


def test_one_exercise_is_regraded_and_the_others_stay(course: CourseDir) -> None:
    changed = solution()
    cell(changed, "double_tests")["source"] += "\n# now fairer"
    publish(course, changed)
    assert release(course, NAME).stale == 2
    hand_in(course, "new", earning(course, 1, 1))
    before = {row[:2]: row[2:] for row in contents(course)["grades"]}

    report = grade(course, NAME, jobs=1, execute=generous, exercise="double")
    assert len(report.of("graded")) == 3
    after = {row[:2]: row[2:] for row in contents(course)["grades"]}
    assert {key: after[key] for key in before if key[1] != "double_tests"} == {
        key: before[key] for key in before if key[1] != "double_tests"
    }
    assert [after[who, "double_tests"][0] for who in ("ada", "bob", "new")] == [2.0, 2.0, 2.0]
    assert after["new", "triple_tests"][0] == 1.0  # who was never graded is graded whole
    notebook = nbformat.read(course.autograded(NAME, "bob"), as_version=4)
    assert cell(notebook, "double_tests").outputs[0].data["text/plain"] == "2"
    assert "now fairer" in cell(notebook, "double_tests").source
    assert cell(notebook, "triple_tests").outputs[0].data["text/plain"] == "1"
    assert release(course, NAME).stale == 0
    assert len(grade(course, NAME, jobs=1, execute=generous, exercise="double").of("unchanged")) == 3


def generous(notebook, job, files):  # type: ignore[no-untyped-def]
    """Everything of the first exercise; the second is worth 1 where it was, and would be lost if it were recorded."""
    executed = marked(notebook, job, files)
    cell(notebook, "double_tests").outputs[0]["data"]["text/plain"] = "2"
    return executed


def test_an_unknown_exercise_is_told_with_the_known_ones(course: CourseDir) -> None:
    with pytest.raises(CourseError, match=r"00_mini has no exercise 'dubble'; there are: double, triple, why\."):
        grade(course, NAME, jobs=1, execute=marked, exercise="dubble")
