"""A cell that ends the kernel costs its own exercise only, and a case of a test that does costs itself."""

from pathlib import Path

import pytest
from support.student_notebooks import answer, checked, code, save

from course_lib import selfcheck
from course_lib.selfcheck import Verdict

DIES = "import os\ndef f(x):\n    if x == 2:\n        os._exit(7)\n    return x"
TESTS = """\
with check.case("one", points=1):
    check.equal(f(1), 1)
with check.case("two", points=2):
    check.equal(f(2), 2)
with check.case("three", points=4):
    check.equal(f(3), 3)
check.score()"""
SET_UP = "from course_lib import check"


def verdicts(report: selfcheck.Report) -> list[tuple[Verdict, float]]:
    return [(exercise.verdict, exercise.earned) for exercise in report.exercises]


def test_a_case_that_ends_the_kernel_costs_itself(tmp_path: Path) -> None:
    book = [code(SET_UP), answer("f", "", DIES), checked("f", TESTS, 7), checked("g", "assert f(5) == 5", 1)]
    report = selfcheck.run(save(tmp_path, *book))
    assert verdicts(report) == [(Verdict.FAILED, 5), (Verdict.PASSED, 1)]
    assert "The kernel died in this case, perhaps for want of memory." in report.exercises[0].detail
    assert "The rest of this test ran in a new kernel" in report.exercises[0].detail


def test_a_death_outside_the_cases_costs_the_exercise(tmp_path: Path) -> None:
    book = [
        code("before = 1"),
        checked("a", "import os; os._exit(1)", 1),
        checked("b", "assert before == 1", 1),
    ]
    report = selfcheck.run(save(tmp_path, *book))
    assert verdicts(report) == [(Verdict.ERROR, 0), (Verdict.PASSED, 1)]
    assert report.exercises[0].detail == (
        "The kernel died in this cell, perhaps for want of memory. "
        "The cells after it ran in a new kernel, after the cells before it that went well."
    )


def test_a_cell_that_ends_the_kernel_is_not_replayed(tmp_path: Path) -> None:
    book = [
        code("from pathlib import Path\nruns = []"),
        answer("a", "", "a = 1\nimport os; os._exit(1)"),
        checked("a", "assert a == 1", 1),
        code("runs.append(len(list(Path().iterdir())))\nPath('made').touch()"),
        checked("b", "assert runs == [0]", 1),  # the new kernel has a new folder
        code("import os; os._exit(1)"),
        checked("c", "assert runs == [0]", 1),
    ]
    report = selfcheck.run(save(tmp_path, *book))
    assert verdicts(report) == [(Verdict.ERROR, 0), (Verdict.PASSED, 1), (Verdict.PASSED, 1)]
    assert "The cell above that begins with 'a = 1' failed: the kernel died" in report.exercises[0].detail


def test_a_cell_that_dies_when_it_is_replayed_is_left_out(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    second = f"import os, pathlib\npathlib.Path({str(marker)!r}).exists() and os._exit(1)\nsecond = 2"
    book = [
        code("first = 1"),
        code(second),
        code(f"import pathlib; pathlib.Path({str(marker)!r}).touch()"),
        checked("a", "import os; os._exit(1)", 1),
        checked("b", "assert first == 1 and 'second' not in globals()", 1),
    ]
    assert verdicts(selfcheck.run(save(tmp_path, *book))) == [(Verdict.ERROR, 0), (Verdict.PASSED, 1)]


def test_a_case_that_dies_again_is_the_end_of_its_test_only(tmp_path: Path) -> None:
    on_one_line = TESTS.replace(":\n    check.equal(f(2), 2)", ": check.equal(f(2), 2)")  # it cannot be left out
    book = [code(SET_UP), answer("f", "", DIES), checked("f", on_one_line, 7), checked("g", "assert f(1) == 1", 1)]
    report = selfcheck.run(save(tmp_path, *book))
    assert verdicts(report) == [(Verdict.ERROR, 0), (Verdict.PASSED, 1)]


def test_a_cell_that_ignores_the_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck.kernel, "_STOP_SECONDS", 1)
    loop = "import time\nwhile True:\n    try:\n        time.sleep(0.1)\n    except:\n        print('not now')"
    book = [answer("a", "", "a = 1"), answer("b", "", loop), checked("b", "assert a == 1", 1)]
    report = selfcheck.run(save(tmp_path, *book), timeout=2)
    assert verdicts(report) == [(Verdict.PASSED, 1)]
    assert report.notes[0] == selfcheck.Note(
        "Cell 2, which begins with 'import time'",
        "stopped at the time limit of 2 seconds, and it ignored that (does it catch every exception?). "
        "The cells after it ran in a new kernel, after the cells before it that went well.",
    )


def test_a_call_that_catches_its_interruption_costs_its_case(tmp_path: Path) -> None:
    stubborn = """\
def f(x):
    while x == 2:
        try:
            while True: pass
        except BaseException: pass
    return x"""
    book = [code(SET_UP), answer("f", "", stubborn), checked("f", TESTS, 7)]
    (exercise,) = selfcheck.run(save(tmp_path, *book), timeout=15).exercises
    assert (exercise.verdict, exercise.earned) == (Verdict.FAILED, 5)
    assert "This call ran longer than 5 s and was stopped: look for a loop that never ends" in exercise.detail


def test_a_call_that_takes_too_much_memory_costs_its_case(tmp_path: Path) -> None:
    greedy = """\
import time
def f(x):
    kept = []
    while x == 2:
        kept.append(b"a" * 2**22)
        time.sleep(0.002)
    return x"""
    book = [
        code(SET_UP),
        answer("f", "", greedy),
        checked("f", TESTS, 7),
        answer("g", "", greedy + "\nf(2)\ng = 1"),
        checked("g", "assert g == 1", 1),
    ]
    f, g = selfcheck.run(save(tmp_path, *book), timeout=300, memory=1 << 30).exercises
    assert (f.verdict, f.earned) == (Verdict.FAILED, 5)
    assert "MemoryError: This took more than 1024 MiB of memory and was stopped" in f.detail
    assert (g.verdict, g.earned) == (Verdict.ERROR, 0)
    assert "MemoryError: This took more than 1024 MiB of memory" in g.detail
