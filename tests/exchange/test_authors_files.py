"""Files beside the source: both ways of grading give them to tests, and put them in place of the submission's."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde
from support.grading_course import NAME, RIGHT, answered, cell, hand_in, make_course, solution
from traitlets.config import Config

from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.exchange.batch import grade
from grader.exchange.converter import convert, log_file
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.scores import scores

TESTS = b"def check(f):\n    assert f(7) == 21\n"
FORGED = b"def check(f):\n    pass\n"
WRONG = "def triple(x):\n    return x"
DOUBLE = "from mine import double"


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    """Its tests lie in a module of the author's; a second module is the students' to write."""
    course = make_course(tmp_path / "course", timeout=20)
    source = solution()
    cell(source, "triple_tests")["source"] = (
        "from tests import check\ncheck(triple)\nassert open('data.txt').read() == 'a'"
    )
    cell(source, "double_tests")["source"] = "from mine import double as imported\nassert imported(2) == 4\n2"
    text = nbformat.writes(source)
    for path, content in ((course.solution(NAME), text), (course.released(NAME), generate(NAME, text))):
        path.write_text(content, "utf-8")
        path.with_name("tests.py").write_bytes(TESTS)
        path.with_name("data.txt").write_text("a")
        path.with_name("mine.py").write_text("def double(x): ...\n")
    release(course, NAME)
    return course


def hand_in_files(course: CourseDir) -> None:
    for student, triple in (("ada", RIGHT["triple"]), ("eve", WRONG)):
        path = hand_in(course, student, answered(course, triple=triple, double=DOUBLE))
        path.with_name("tests.py").write_bytes(FORGED)
        path.with_name("data.txt").write_text("mine")
        path.with_name("mine.py").write_text("def double(x): return 2 * x\n")


def test_course_grade_takes_the_authors(course: CourseDir) -> None:
    hand_in_files(course)
    for folder in (course.solution(NAME), course.released(NAME)):
        folder.with_name("mine.py").unlink()  # so that the submission's counts
    grade(course, NAME, jobs=1, execute=without_isolation)
    found = scores(course, NAME)
    assert {who: found.of(who).points["triple"] for who in ("ada", "eve")} == {"ada": 1, "eve": 0}
    assert found.of("eve").points["double"] == 2


def test_plain_autograde_takes_the_authors_but_for_what_it_leaves_to_students(course: CourseDir) -> None:
    hand_in_files(course)
    extra = Config()
    extra.ExecuteIsolated.isolated = False
    extra.Autograde.exclude_overwriting = {NAME: ["mine.py"]}
    with log_file(course, "plain") as log:
        convert(Autograde, course, NAME, log=log, extra=extra)
    with open_gradebook(course) as gradebook:
        got = {
            (who, name): gradebook.find_grade(f"{name}_tests", NAME, NAME, who).auto_score
            for who in ("ada", "eve")
            for name in ("double", "triple")
        }
    assert got == {("ada", "double"): 2, ("ada", "triple"): 1, ("eve", "double"): 2, ("eve", "triple"): 0}
