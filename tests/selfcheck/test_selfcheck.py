"""The student's own run: verdicts of a whole notebook, exact texts, and points."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from support.student_notebooks import answer, checked, code, graded, save, shown, text, written

from course_lib import selfcheck
from course_lib.selfcheck import Verdict, cell_roles

SCORE = """\
from IPython.display import display
def score(cases, out_of):
    record = {"cases": [dict(name=n, points=p, earned=e, hidden=False, message=m) for n, p, e, m in cases]}
    table = "\\n".join(f"{n}: {m}" for n, p, e, m in cases if m)
    display({"text/plain": table, "application/vnd.cnn-course.score+json": record | {"out_of": out_of}}, raw=True)
    return float(sum(e for n, p, e, m in cases))
"""


def everything_at_once() -> list[NotebookNode]:
    """A notebook with one exercise for each verdict that leaves the kernel alive."""
    return [
        text("# A module\n\n```\n# no heading\n```"),
        graded(code(SCORE), "shared", SCORE + "# mine", locked=True),
        text("### Exercise 1: Square (2 points)"),
        answer(
            "square",
            "raise NotImplementedError",
            "import sys, warnings\n"
            "def square(x):\n    print('noise', file=sys.stderr); warnings.warn('more noise'); return x * x",
        ),
        checked("square", "assert square(3) == 9", 2),
        text("### Exercise 2: Half right (3 points)"),
        answer("half", "raise NotImplementedError", "half = 1"),
        checked("half", "score([('a', 1, 1, ''), ('b [x]', 1, 0, 'got 1, expected 2')], out_of=3)", 3),
        text("### Exercise 3: Right so far (3 points)"),
        answer("right", "raise NotImplementedError", "right = 1"),
        checked("right", "score([('a', 0.1, 0.1, ''), ('b', 0.2, 0.2, ''), ('c', 1.7, 1.7, '')], out_of=3)", 3),
        text("### Exercise 4: Misspelt (1 point)"),
        answer("name", "raise NotImplementedError", "nmae = 1"),
        checked("name", "assert name == 1", 1),
        text("### Exercise 5: Blank (1 point)"),
        answer("blank", "def blank(): raise NotImplementedError('Exercise blank')"),
        checked("blank", "blank()", 1),
        text("### Exercise 6: Endless (1 point)"),
        answer("endless", "raise NotImplementedError", "def endless():\n    while True: pass"),
        checked("endless", "endless()", 1),
        text("### Exercise 7: Made easier (1 point)"),
        answer("easy", "raise NotImplementedError", "easy = 1"),
        checked("easy", "assert easy == 2", 1, changed="assert easy == 1"),
        text("### Exercise 8: Silent (1 point)"),
        answer("silent", "raise NotImplementedError", "class check: score = print"),
        checked("silent", "check.score()", 1),
        written("why", 2, answered="### Exercise 9: Reasons (2 points)\n\nWhy?\n\n# Because\n\nIt is shared."),
        written("why_not", 1),
        text("## Scratch"),
        code("1 / 0"),
        code("raise ValueError('on purpose')", tags=["raises-exception"]),
    ]


EVERYTHING = """\
01_convolution.ipynb

  Exercise                   Points   Verdict
 ──────────────────────────────────────────────────────────────────
  Exercise 1: Square         2 of 2   passed
  Exercise 2: Half right     1 of 2   failed
  Exercise 3: Right so far   2 of 2   passed
  Exercise 4: Misspelt       0 of 1   error
  Exercise 5: Blank          0 of 1   not started
  Exercise 6: Endless        0 of 1   out of time
  Exercise 7: Made easier    0 of 1   test changed
  Exercise 8: Silent         0 of 1   failed
  Exercise 9: Reasons        – of 2   graded by hand, answered
  Exercise 9: Reasons        – of 1   graded by hand, not answered


Exercise 2: Half right
b [x]: got 1, expected 2

Exercise 4: Misspelt
NameError: name 'name' is not defined

Exercise 6: Endless
This call ran longer than 1.67 s and was stopped: look for a loop that never ends, or for work that NumPy \
can do in one step.

Exercise 7: Made easier
This test cell is not the one you were given, so its result says nothing. Grading puts the original \
back: download the notebook again and copy your answers into it.

Exercise 8: Silent
The test reported no score.

Outside the tests
Cell 2, under "A module", which begins with 'from IPython.display import display': you changed a
given cell. Grading puts the original back: do your tests still pass with it?
Cell 30, under "Scratch", which begins with '1 / 0': ZeroDivisionError: division by zero

5 of 11 points of the public tests. 6 of 8 exercises to go.
More is decided when your work is graded: 2 by hidden tests and 3 by hand."""


def test_a_whole_notebook_is_judged_and_left_as_it_was(tmp_path: Path) -> None:
    path = save(tmp_path, *everything_at_once())
    (tmp_path / "beside.txt").write_text("here")
    before = path.read_bytes()
    steps: list[tuple[int, int]] = []
    report = selfcheck.run(path, timeout=5, progress=lambda done, total: steps.append((done, total)))
    status, told = shown(report)
    assert status == 1
    assert told == EVERYTHING
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["01_convolution.ipynb", "beside.txt"]
    assert steps == [(done, 31) for done in range(32)]


def test_real_checks_are_read_with_their_table(tmp_path: Path) -> None:
    tests = """\
with check.case("of 3", points=1):
    check.equal(double(3), 6)
with check.case("of an array", points=1):
    check.close(double(np.arange(2.0)), np.array([0.0, 2.0]), hint="Twice, not squared.")
check.score(out_of=3)"""
    book = [code("import numpy as np\nfrom course_lib import check")]
    for name, body in {"wrong": "return x + 3", "right": "return 2 * x"}.items():
        book += [text(f"### {name}"), answer(name, "", f"def double(x):\n    {body}"), checked(name, tests, 3)]
    wrong, right = selfcheck.run(save(tmp_path, *book)).exercises
    assert (wrong.verdict, wrong.earned, wrong.public, wrong.worth) == (Verdict.FAILED, 1, 2, 3)
    assert "of an array" in wrong.detail
    assert "Hint: Twice, not squared." in wrong.detail
    assert (right.verdict, right.earned, right.public, right.detail) == (Verdict.PASSED, 2, 2, "")


@pytest.mark.parametrize(
    ("source", "public"),
    [
        ("with check.case('a', points=0.5): pass\nwith check.case('b'): pass\nwith check.case('c', 0.25): pass", 1.75),
        ("with check.case('a', points=9): pass", 3),
        ("assert f(2) == 4", 3),
        ("%matplotlib inline\nwith check.case('a', points=1): pass", 1),
        ("not python", 3),
    ],
)
def test_public_points_of_a_cell_that_reported_no_score(source: str, public: float) -> None:
    assert cell_roles.public_points(checked("a", source, 3)) == public


def test_a_test_cell_that_is_gone_is_missed(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        checked("there", "assert True", 1),
        course={"tests": {"test_there": 1, "area_tests": 2}},
    )
    report = selfcheck.run(path)
    assert [(e.title, e.verdict, e.worth) for e in report.exercises] == [
        ("test_there", Verdict.PASSED, 1),
        ("area", Verdict.MISSING, 2),
    ]
    status, printed = shown(report)
    assert status == 1
    assert "The test cell of this exercise is gone. Grading puts it back" in printed


def test_all_public_tests_pass_and_written_answers_do_not_count(tmp_path: Path) -> None:
    book = [answer("a", "", "a = 1"), checked("a", "assert a == 1", 2), written("why", 1)]
    status, told = shown(selfcheck.run(save(tmp_path, *book)))
    assert status == 0
    assert told.endswith(
        "2 of 2 points of the public tests. All public tests pass.\n"
        "More is decided when your work is graded: 1 by hand."
    )


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_time_limit_must_be_positive(tmp_path: Path, timeout: int) -> None:
    with pytest.raises(ValueError, match=f"not {timeout}"):
        selfcheck.run(tmp_path / "any.ipynb", timeout)


def test_checksums_agree_with_nbgrader(tmp_path: Path) -> None:
    task = graded(text("Draw."), "task", task=True, locked=True, points=2)
    given = graded(code("x = 1"), "given", locked=True)
    for cell in (task, given, answer("a", "def f(): ..."), checked("t", "assert 1", 0.5), written("w", 3)):
        assert cell_roles.is_untouched(cell) is True
        cell.source += " "
        assert cell_roles.is_untouched(cell) is False
    assert cell_roles.is_untouched(code("x = 1")) is None
