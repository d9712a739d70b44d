"""Helpers of the tests: the tester has them, the student's process neither their names nor their code."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, cell, error, graded, notebook, result, run, shared, text

from grader.engine.cell_plan import Place, plan

HELPERS = (
    "from math import prod\ndef truth(x):\n    secret_number = 2\n    return prod([x, secret_number])\nprint('ready')"
)


def helpers(source: str = HELPERS) -> object:
    return cell(source, "helpers", tags=("tests_only",), locked=True)


def test_the_tester_has_them_and_the_answer_has_not() -> None:
    made = notebook(
        shared(),
        helpers(),
        answer("def f(x):\n    return truth(x)\ndef g(x):\n    return x + x"),
        graded("check.close(g(3), truth(3))\nf(3)", points=1),
    )
    run(made)
    assert text(made.cells[1]) == "ready\n"
    assert error(made.cells[3]) == "NameError: name 'truth' is not defined"


def test_their_code_is_nowhere_in_the_process_of_the_answers() -> None:
    look = "def f():\n"
    look += "    kept = str([In, get_ipython().user_ns.get('_ih')]) + str(sorted(globals()))\n"
    look += "    return 'secret' '_number' in kept or 'prod' in globals() or 'truth' in globals()"
    made = notebook(shared(), helpers(), answer(look), graded("float(not f())", points=1))
    run(made)
    assert (error(made.cells[3]), result(made.cells[3])) == ("", "1.0")


def test_a_tester_that_is_started_anew_runs_them_again() -> None:
    again = (
        "import os, pathlib\nif not pathlib.Path('died').exists():\n    pathlib.Path('died').touch()\n    os._exit(1)\n"
    )
    made = notebook(shared(), helpers(), answer("def f(x): return x + x"), graded(again + "float(f(3) == truth(3))"))
    run(made)
    assert (error(made.cells[3]), result(made.cells[3])) == ("", "1.0")


def test_an_error_in_them_shows_at_their_cell() -> None:
    made = notebook(shared(), helpers("1 / 0"), answer("def f(): return 1"), graded("float(f())"))
    run(made)
    assert error(made.cells[1]) == "ZeroDivisionError: division by zero"
    assert result(made.cells[3]) == "1.0"


@pytest.mark.parametrize("locked", [True, False])
def test_the_instructors_notebook_decides(locked: bool) -> None:
    source = notebook(cell("x = 1", "helpers", tags=("tests_only",) if locked else (), locked=True))
    submission = notebook(
        cell("x = 1", "helpers", tags=("tests_only",), locked=True),
        cell("x", "mine", tags=("tests_only",), locked=True),
    )
    places = plan(submission, source).places
    assert places == (Place.TESTS_ONLY if locked else Place.STUDENT, Place.STUDENT)
