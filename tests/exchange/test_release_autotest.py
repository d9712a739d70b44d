"""AUTOTEST directives from release to points: nbgrader's own examples; and what happens where they stay comments."""

from __future__ import annotations

import nbformat
import pytest
from support.autotest_course import EXAMPLE, FILES, autotest_course, autotest_notebook, hand_in_and_grade
from support.small_notebooks import answer, graded, notebook, run

from course_lib.errors import CourseError
from course_lib.repair.reference import reference_of
from grader.engine.job import Job
from grader.engine.limits import Limits
from grader.engine.run_isolated import without_isolation
from grader.engine.single_kernel import in_kernel
from grader.exchange.release import release

NAME = "ps1"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """nbgrader's example."""
    source = autotest_notebook(EXAMPLE / "source" / "ps1_autotest" / "problem1.ipynb")
    return autotest_course(tmp_path_factory.mktemp("course"), NAME, source, EXAMPLE / "autotests.yml")


@pytest.fixture(scope="module")
def table(course):
    return hand_in_and_grade(course, NAME)


def test_the_release_holds_asserts_in_place_of_directives(course):
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source
             for c in nbformat.read(course.released(NAME), as_version=4).cells}  # fmt: skip
    assert 'assert str(squares(1)) == """[1]"""' in cells["correct_squares"]
    assert "sha1(" in cells["correct_squares"]
    assert not any("AUTOTEST" in source for source in cells.values())


def test_a_blank_earns_nothing(table):
    assert {points for points in table.of("blank").points.values() if points is not None} == {0}


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        ("correct_squares", 1),
        ("squares_invalid_input", 1),
        ("correct_sum_of_squares", 0.5),
        ("sum_of_squares_uses_squares", 0.5),
    ],
)
def test_the_solution_earns_everything(table, cell, points):
    assert table.of("solution").points[cell] == points


@pytest.mark.parametrize("name", ["autotest-multi", "autotest-hidden", "autotest-hashed"])
def test_nbgraders_other_examples_are_earned_by_their_solution_alone(name, tmp_path):
    made = autotest_course(tmp_path, name, autotest_notebook(FILES / f"{name}.ipynb"), FILES / "autotests.yml")
    table = hand_in_and_grade(made, name)
    assert table.of("blank").total == 0
    assert table.of("solution").total == table.max > 0


def test_without_templates_the_release_is_refused(tmp_path):
    source = autotest_notebook(FILES / "autotest-simple.ipynb")
    made = autotest_course(tmp_path, NAME, source, FILES / "autotests.yml")
    (tmp_path / "autotests.yml").unlink()
    with pytest.raises(CourseError, match=r"`### AUTOTEST` in test_simple asks for autotests\.yml, which lies neither"):
        release(made, NAME)


def test_a_directive_outside_of_tests_is_refused(tmp_path):
    source = autotest_notebook(FILES / "autotest-simple.ipynb")
    made = autotest_course(tmp_path, NAME, source, FILES / "autotests.yml")
    source = nbformat.read(made.solution(NAME), as_version=4)
    next(c for c in source.cells if c.cell_type == "code").source += "\n### AUTOTEST a"
    made.solution(NAME).write_text(nbformat.writes(source), "utf-8")
    with pytest.raises(CourseError, match="soln: `### AUTOTEST` belongs in a test cell"):
        release(made, NAME)


DIRECTIVES = notebook(answer("a = 5"), graded("# the answer\n### HASHED AUTOTEST a", "hashed"), graded("assert a == 5"))


def test_a_test_cell_that_still_holds_a_directive_is_not_graded():
    for execute in (without_isolation, in_kernel):
        with pytest.raises(CourseError, match="hashed: `### AUTOTEST` stands there as it was written"):
            execute(DIRECTIVES, Job(reference_of(DIRECTIVES), Limits()), {})


def test_a_student_may_write_about_directives():
    made = notebook(answer("# AUTOTEST is a word\na = 5"), graded("assert a == 5  # no AUTOTEST"))
    run(made)
    assert not made.cells[-1].outputs
