"""`course check` and what the exercises rule out: told with name and line before the work is handed in."""

from __future__ import annotations

from pathlib import Path

from support.student_notebooks import answer, checked, code, graded, save, shown, text

from course_lib import selfcheck
from course_lib.selfcheck import Verdict

COURSE = {"rules_out": {"f": ["np.convolve"], "g": ["np.convolve"]}, "tests_only": ["truth"]}
TEST = "assert NAME(np.ones(2)).tolist() == truth(np.ones(2)).tolist()"


def test(name: str):
    cell = checked(name, TEST.replace("NAME", name), 2)
    cell.metadata.nbgrader["grade_id"] = f"{name}_tests"
    del cell.metadata.nbgrader["checksum"]
    return cell


test.__test__ = False


def check(folder: Path, f: str, *extra: str, course: object = COURSE) -> selfcheck.Report:
    """A notebook of f, answered so, and g, which is right."""
    helpers = graded(code("def truth(x):\n    return np.convolve(x, [1, 2])"), "helpers", locked=True)
    helpers.metadata["tags"] = ["tests_only"]
    book = [
        graded(code("import numpy as np"), "shared", locked=True),
        helpers,
        *map(code, extra),
        text("### Exercise 1: f (2 points)"),
        answer("f", "", f),
        test("f"),
        text("### Exercise 2: g (2 points)"),
        answer("g", "", "def g(x): return np.append(x, 0) + 2 * np.append(0, x)\nprint(np.convolve([1], [2]))"),
        test("g"),
    ]
    return selfcheck.run(save(folder, *book, course=course))


def test_an_answer_that_uses_it_is_told_where(tmp_path):
    report = check(tmp_path, "def f(x):\n    return mine(x)", "def mine(x):\n    return np.convolve(x, [1, 2])")
    assert [(e.verdict, e.earned, e.public) for e in report.exercises] == [
        (Verdict.RULED_OUT, 0, 2),
        (Verdict.PASSED, 2, 2),
    ]
    where = 'line 2 of the cell that begins with "def mine(x):"'
    sentence = f"This answer uses np.convolve ({where}), which this exercise rules out."
    assert report.exercises[0].detail == sentence
    status, said = shown(report)
    assert status == 1
    assert "uses what is ruled out" in said
    assert "2 of 4 points of the public tests. 1 of 2 exercises to go." in said


def test_a_helper_of_the_tests_runs_and_is_out_of_bounds(tmp_path):
    report = check(tmp_path, "def f(x):\n    return truth(x)")
    assert [(e.verdict, e.earned) for e in report.exercises] == [(Verdict.RULED_OUT, 0), (Verdict.PASSED, 2)]
    assert report.exercises[0].detail == (
        "This answer uses truth (line 2 of the answer cell), a helper of the tests that an answer may not use."
    )


def test_damaged_rules_rule_out_nothing(tmp_path):
    course = {"rules_out": ["f"], "tests_only": 3}
    report = check(tmp_path, "def f(x): return np.convolve(x, [1, 2])", course=course)
    assert [e.verdict for e in report.exercises] == [Verdict.PASSED, Verdict.PASSED]
