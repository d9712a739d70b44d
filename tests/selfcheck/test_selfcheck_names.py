"""A student's scratch names cost nothing: a test finds its helpers' names, and afterwards the student's are back."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from support.student_notebooks import answer, checked, code, graded, save

from course_lib import selfcheck
from course_lib.selfcheck import Verdict

PASSED = (Verdict.PASSED, 1)


def given(source: str, name: str, *tags: str) -> NotebookNode:
    return graded(code(source, tags=list(tags)), name, locked=True)


SHARED = given("import math", "shared", "shared")
HELPERS = given(
    "from cmath import polar\nimport json as signal\ndef read(x): return signal.loads(x)", "only", "tests_only"
)
F = answer("f", "", "def f(x):\n    return 2 * x")
TEST = checked(
    "f", "assert f(float('1')) == read('2') == math.sqrt(4) and polar(1)[0] == 1 and list(range(1)) == [0]", 1
)


def verdicts(folder: Path, *book: NotebookNode) -> list[tuple[Verdict, float]]:
    return [(exercise.verdict, exercise.earned) for exercise in selfcheck.run(save(folder, *book)).exercises]


@pytest.mark.parametrize(
    "scratch",
    [
        "signal = [2.0, 3, 5]",
        "signal = [2.0, 3, 5]; halves = [signal[k] / 2 for k in range(3)]",
        "polar = 1",
        "math = 'done'",
        "float = 2.0",
        "range = (1, 4)",
        "def read(x): return None",
        "del signal, math",
        "def scratch(signal):\n    return signal[0], signal",
    ],
)
def test_a_scratch_name_costs_nothing(scratch: str, tmp_path: Path) -> None:
    assert verdicts(tmp_path, SHARED, HELPERS, F, code(scratch), TEST) == [PASSED]


def test_the_students_values_are_there_again_after_the_test(tmp_path: Path) -> None:
    scratch = code("signal, float = [2.0, 3, 5], 2.0\ndel math")
    later = code("mine = signal + [float], 'math' in globals()")
    book = [SHARED, HELPERS, F, scratch, TEST, later, checked("g", "assert mine == ([2.0, 3, 5, 2.0], False)", 1)]
    assert verdicts(tmp_path, *book) == [PASSED, PASSED]


def test_they_are_there_again_after_a_test_that_fails(tmp_path: Path) -> None:
    wrong = answer("f", "", "def f(x):\n    return x\nsignal = 7")
    book = [SHARED, HELPERS, wrong, TEST, code("mine = signal"), checked("g", "assert mine == 7", 1)]
    assert verdicts(tmp_path, *book)[1] == PASSED


def test_a_new_kernel_knows_the_names_too(tmp_path: Path) -> None:
    book = [SHARED, HELPERS, F, code("signal = 7"), checked("g", "import os; os._exit(1)", 1), TEST]
    assert verdicts(tmp_path, *book) == [(Verdict.ERROR, 0), PASSED]


def test_a_function_of_the_student_keeps_the_value_that_it_needs(tmp_path: Path) -> None:
    own = answer("f", "", "polar = 2\ndef f(x):\n    return polar * x")
    assert verdicts(tmp_path, SHARED, HELPERS, own, checked("f", "assert f(1) == 2", 1)) == [PASSED]


def test_what_the_student_is_to_define_is_the_students(tmp_path: Path) -> None:
    start = given("def f(x): return None\nBLUR = [1]", "start", "shared")
    changed = code("BLUR = [2]")
    book = [start, F, changed, checked("f", "assert f(1) == 2 and BLUR == [2]", 1)]
    assert verdicts(tmp_path, *book) == [PASSED]


def test_what_a_test_or_a_given_cell_binds_stays(tmp_path: Path) -> None:
    book = [
        SHARED,
        given("input = 3", "given"),
        checked("a", "def math(): return 1\nmax = 5", 1),
        code("math = None"),
        checked("b", "assert math() == 1 and (input, max) == (3, 5)", 1),
    ]
    assert verdicts(tmp_path, *book) == [PASSED, PASSED]
