"""The cases of graded test cells, from the outputs that grading leaves. Nothing is graded here."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_lib.check.hidden import INSTRUCTOR_ONLY
from course_lib.check.score import SCORE_MIME
from grader.engine.tester.withheld import IN_HIDDEN
from grader.exchange.case_results import CaseResult, case_results


def graded_test(*outputs: NotebookNode, points: float = 3, solution: bool = False) -> Any:
    """A graded cell with these outputs."""
    part = {"grade": True, "solution": solution, "points": points, "grade_id": "f_tests"}
    return new_code_cell("", metadata={"nbgrader": part}, outputs=list(outputs))


def record(*cases: dict[str, Any], out_of: float = 3) -> Any:
    return new_output("display_data", data={"text/plain": "table", SCORE_MIME: {"out_of": out_of, "cases": [*cases]}})


def number(value: float) -> Any:
    return new_output("execute_result", data={"text/plain": str(value)}, execution_count=1)


def error(name: str, value: str) -> Any:
    return new_output("error", ename=name, evalue=value, traceback=[])


def case(name: str, earned: float, points: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "points": points, "earned": earned, "hidden": False, "message": ""} | more


def test_the_record_of_check_score_is_read() -> None:
    """Made by check.score itself, in a file and back."""
    shell = InteractiveShell.instance()
    published: list[dict[str, Any]] = []
    shell.display_pub.publish = lambda data, *_, **__: published.append(data)  # type: ignore[method-assign]  # what a display would show
    code = "from course_lib import check\n"
    code += "with check.case('even', points=2):\n    check.equal(3, 4, hint='by two?')\n"
    code += "### BEGIN HIDDEN TESTS\nwith check.case('odd'):\n    pass\n### END HIDDEN TESTS\n_ = check.score(3)"
    try:
        shell.run_cell(code).raise_error()
    finally:
        InteractiveShell.clear_instance()
    shown = [new_output("display_data", data=data) for data in published if SCORE_MIME in data]
    cell = nbformat.from_dict(json.loads(json.dumps(graded_test(*shown, number(1.0)))))
    even, odd = case_results(cell)
    assert (even.name, even.points, even.out_of, even.hidden, even.failed) == ("even", 0, 2, False, True)
    assert "Hint: by two?" in even.message
    assert odd == CaseResult("odd", 1, 1, True, "")
    assert not odd.failed


def test_a_test_of_asserts_is_one_case() -> None:
    assert case_results(graded_test()) == [CaseResult("", 3, 3, False, "")]
    assert case_results(graded_test(number(1.5))) == [CaseResult("", 1.5, 3, False, "")]
    (failed,) = case_results(graded_test(error("AssertionError", "\x1b[31m3 is not 4\x1b[0m")))
    assert failed == CaseResult("", 0, 3, False, "AssertionError: 3 is not 4")
    assert failed.failed


def test_of_an_error_in_a_hidden_part_the_instructor_is_told() -> None:
    kept = new_output("display_data", data={"text/plain": "[For the instructor only]\nTraceback\nAssertionError: f(7)"})
    kept.metadata[INSTRUCTOR_ONLY] = True
    cell = graded_test(kept, error("AssertionError", IN_HIDDEN))
    assert case_results(cell) == [CaseResult("", 0, 3, True, "AssertionError: f(7)")]


def test_a_record_that_was_not_graded_does_not_count() -> None:
    """The test ended after its score: nbgrader reads no points."""
    ended = graded_test(record(case("a", 3, 3)), error("TestError", "The process that ran this test died."))
    assert case_results(ended) == [CaseResult("", 0, 3, False, "TestError: The process that ran this test died.")]


def test_of_two_records_the_last_counts() -> None:
    both = graded_test(record(case("a", 3, 3)), record(case("a", 1, 1), case("b", 0, 2)), number(1))
    assert [(one.name, one.points) for one in case_results(both)] == [("a", 1), ("b", 0)]


@pytest.mark.parametrize(
    "forged",
    [
        {"cases": None},
        {"cases": [{"name": "a"}]},
        {"cases": [case("a", 1, 1, hidden="no"), case("b", 0, 2)]},
        {"cases": [case("a", float("nan"), 3)]},
        {"cases": [case("a", 4, 3), case("b", -3, 0)]},
        [],
        "cases",
    ],
)
def test_what_is_no_record_is_not_believed(forged: Any) -> None:
    """A test that runs in one kernel shows what an answer makes it show."""
    output = new_output("display_data", data={SCORE_MIME: forged})
    assert case_results(graded_test(output, number(1))) == [CaseResult("", 1, 3, False, "")]


def test_a_cell_that_a_person_grades_has_no_cases() -> None:
    assert case_results(graded_test(solution=True)) == []
    part = {"grade": True, "solution": True, "points": 2, "grade_id": "why"}
    assert case_results(new_markdown_cell("Because.", metadata={"nbgrader": part})) == []
