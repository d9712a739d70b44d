"""What is ruled out, by each way of grading (`course grade`, nbgrader's own autograde, one kernel), and on feedback."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde
from support.grading_course import NAME, RIGHT, answered, hand_in, make_course

from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.engine.single_kernel import in_kernel
from grader.exchange.batch import grade
from grader.exchange.converter import convert, log_file
from grader.exchange.feedback import feedback
from grader.exchange.release import release
from grader.exchange.scores import scores

CHEATS = RIGHT | {"double": "import math\ndef double(x):\n    return math.fsum([x, x])"}
MAY = RIGHT | {"triple": "import math\ndef triple(x):\n    return math.fsum([x, x, x])"}
HIDES = RIGHT | {"double": "def double(x):\n    return eval('x + x')"}
SENTENCE = "This answer uses math.fsum (line 3 of the answer cell), which this exercise rules out."


def rule_out(course: CourseDir, rules: dict[str, list[str]]) -> None:
    """Write rules into the solution and its release."""
    notebook = nbformat.read(course.solution(NAME), as_version=4)
    notebook.metadata["course"] = {"rules_out": rules}
    text = nbformat.writes(notebook)
    course.solution(NAME).write_text(text, "utf-8")
    course.released(NAME).write_text(generate(NAME, text), "utf-8")


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    made = make_course(tmp_path)
    rule_out(made, {"double": ["math.fsum"]})
    release(made, NAME)
    for student, answers in {"cheats": CHEATS, "may": MAY, "hides": HIDES}.items():
        notebook = answered(made, **answers)
        notebook.metadata["course"] = {
            "rules_out": {"triple": ["math.fsum"]}
        }  # of a submission, this counts for nothing
        hand_in(made, student, notebook)
    return made


def points(course: CourseDir, student: str) -> list[float | None]:
    return list(scores(course, NAME).of(student).points.values())[:2]


def require_verdicts(course: CourseDir) -> None:
    assert points(course, "cheats") == [0, 1]
    assert points(course, "may") == [2, 1]
    assert points(course, "hides") == [2, 1]


@pytest.mark.parametrize("execute", [without_isolation, in_kernel])
def test_course_grade_gives_nothing_and_tells_student_and_instructor(course: CourseDir, execute) -> None:
    report = grade(course, NAME, execute=execute)
    require_verdicts(course)
    notes = {result.student: result.notes for result in report.results}
    assert notes["cheats"] == (f"double_tests: {SENTENCE} It earns nothing; its cases alone would give 2 of 2 points.",)
    assert notes["may"] == ()
    assert notes["hides"] == ("double: line 2 calls eval: look whether it reaches what is ruled out",)
    pages = {student: path.read_text("utf-8") for student, path in feedback(course, NAME).pages.items()}
    assert f"{SENTENCE} It earns 0 of 2 points." in pages["cheats"]
    assert "rules out" not in pages["may"]
    assert "calls eval" not in pages["hides"]


def test_nbgraders_own_autograde_gives_nothing_either(course: CourseDir) -> None:
    with log_file(course, "autograde") as log:
        convert(Autograde, course, NAME, log=log)
    require_verdicts(course)
    graded = course.autograded(NAME, "cheats").read_text("utf-8")
    assert f"{SENTENCE} It earns 0 of 2 points." in graded


def test_a_rule_that_is_added_later_has_them_graded_again(course: CourseDir) -> None:
    grade(course, NAME, execute=without_isolation)
    assert {r.outcome for r in grade(course, NAME, execute=without_isolation).results} == {"unchanged"}
    rule_out(course, {"double": ["math.fsum"], "triple": ["math.fsum"]})
    release(course, NAME)
    grade(course, NAME, execute=without_isolation)
    assert points(course, "may") == [2, 0]
