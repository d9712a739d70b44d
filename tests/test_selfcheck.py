"""The student's own run: verdicts of a whole notebook, exact texts, damaged files, and what is out of bounds."""

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum
from rich.console import Console

from course_lib import selfcheck
from course_lib.errors import CourseError
from course_lib.kernels import install_kernel
from course_lib.selfcheck import Verdict, bounds, cells

SCORE = """\
from IPython.display import display
def score(cases, out_of):
    record = {"cases": [dict(name=n, points=p, earned=e, hidden=False, message=m) for n, p, e, m in cases]}
    table = "\\n".join(f"{n}: {m}" for n, p, e, m in cases if m)
    display({"text/plain": table, "application/vnd.cnn-course.score+json": record | {"out_of": out_of}}, raw=True)
    return float(sum(e for n, p, e, m in cases))
"""


def text(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def code(source: str, **metadata: Any) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def graded(cell: NotebookNode, name: str, answered: str | None = None, **options: Any) -> NotebookNode:
    """Give a cell nbgrader's metadata and the checksum of its release, then the student's `answered` source."""
    cell.metadata["nbgrader"] = {
        "grade": False, "solution": False, "task": False, "locked": False, "schema_version": 3, "grade_id": name
    } | options  # fmt: skip
    cell.metadata["nbgrader"]["checksum"] = compute_checksum(cell)
    if answered is not None:
        cell.source = answered
    return cell


def answer(name: str, released: str, answered: str | None = None) -> NotebookNode:
    return graded(code(released), name, answered, solution=True)


def checked(name: str, source: str, points: float, changed: str | None = None) -> NotebookNode:
    return graded(code(source), f"test_{name}", changed, grade=True, locked=True, points=points)


def written(name: str, points: float, answered: str | None = None) -> NotebookNode:
    return graded(text("Why?\n\nYOUR ANSWER HERE"), name, answered, grade=True, solution=True, points=points)


def save(folder: Path, *book: NotebookNode, **metadata: Any) -> Path:
    path = folder / "01_convolution.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=list(book), metadata=kernel | metadata), path)
    return path


def shown(report: selfcheck.Report) -> tuple[int, str]:
    console = Console(width=100, file=StringIO())
    status = selfcheck.show(report, console)
    return status, "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


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


LECTURE = '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# A lecture"}]}'

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
    assert cells.public_points(checked("a", source, 3)) == public


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


def test_damaged_metadata_does_no_harm(tmp_path: Path) -> None:
    good = checked("a", "assert a == 1", 1)
    cell = {
        "cell_type": "code",
        "source": ["assert a ", "== 1"],
        "metadata": {"nbgrader": dict(good.metadata.nbgrader)},
    }
    broken = {"cell_type": "code", "metadata": {"nbgrader": {"grade": True, "points": "?"}}, "source": "assert a == 1"}
    book = {
        "nbformat": 4,
        "metadata": {"kernelspec": None, "colab": {"provenance": []}},
        "cells": [
            {"cell_type": "code", "source": "a = 1", "outputs": "?", "id": "same"},
            {"cell_type": "markdown", "source": ["## Ti", "tle"], "metadata": None, "id": "same"},
            cell,
            broken,
            {"cell_type": "heading"},
            {},
            None,
        ],
    }
    path = tmp_path / "from_colab.ipynb"
    path.write_text("\ufeff" + json.dumps(book), encoding="utf-8")
    report = selfcheck.run(path)
    assert [(e.title, e.verdict, e.public) for e in report.exercises] == [
        ("Title", Verdict.PASSED, 1),
        ("Title", Verdict.PASSED, 0),
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": 3}},
        {"course": [1]},
        {"course": {"tests": ["test_a"], "out_of_bounds": 3}},
        {"course": {"tests": {"test_b": "many"}}},
    ],
)
def test_damaged_metadata_of_the_notebook_does_no_harm(tmp_path: Path, metadata: dict[str, Any]) -> None:
    path = save(tmp_path, checked("a", "assert 1 == 1", 1))
    book = json.loads(path.read_text("utf-8"))
    book["metadata"] |= metadata
    book["cells"] += [
        {"cell_type": "code", "metadata": {"tags": 3}, "source": "half = '\ud800'"},
        {"cell_type": "code", "metadata": {}, "source": "a null: \0"},
    ]
    path.write_text(json.dumps(book), "utf-8")
    report = selfcheck.run(path)
    assert [(e.grade_id, e.verdict) for e in report.exercises] == [("test_a", Verdict.PASSED)]
    assert [note.where[:6] for note in report.notes] == ["Cell 3"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("deep.ipynb", "[" * 100_000, "{path} cannot be checked: the file is not a notebook (not JSON). "),
        ("missing.ipynb", None, "there is no file {path}."),
        ("cut.ipynb", '{"cells": [', "{path} cannot be checked: the file is a notebook that is cut off or damaged"),
        ("other.ipynb", '{"a": 1}', "{path} cannot be checked: the file is not a notebook: it has no cells. Download"),
        ("list.ipynb", "[]", "{path} cannot be checked: the file is not a notebook: it has no cells. "),
        ("photo.ipynb", b"\x89PNG\xe0", "{path} cannot be checked: the file is not a notebook but a picture. "),
        ("lecture.ipynb", LECTURE, "{path} has no test cells, so there is nothing to check. Is it a lecture? "),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, name: str, content: str | bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError) as caught:
        selfcheck.run(path)
    assert str(caught.value).startswith(message.format(path=path))
    assert "\n" not in str(caught.value)


def test_a_folder_is_answered_with_the_notebook_in_it(tmp_path: Path) -> None:
    path = save(tmp_path, text("empty"))
    with pytest.raises(CourseError) as caught:
        selfcheck.run(tmp_path)
    assert str(caught.value) == f"{tmp_path} is a folder. Name the notebook in it, e.g. {path}."


def test_an_unknown_kernel_says_which_there_are_and_how_to_get_one(tmp_path: Path) -> None:
    path = save(tmp_path, checked("a", "assert True", 1), kernelspec={"name": "julia-9", "display_name": "Julia"})
    assert selfcheck.run(path).passed  # as grading does, it runs in this Python's kernel, whatever the notebook says
    for wanted in ("julia-9", "no such!"):
        with pytest.raises(CourseError) as caught:
            selfcheck.run(path, kernel_name=wanted)
        assert str(caught.value).startswith(f"there is no kernel named {wanted!r} here (there is: ")
        assert "python3" in str(caught.value)
        assert str(caught.value).endswith(f"or install Python's own: {install_kernel('python3')}")


def test_a_kernel_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", "raise SystemExit('no ipykernel here')", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Broken", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = save(tmp_path, checked("a", "assert True", 1))
    with pytest.raises(
        CourseError, match=r"^the kernel 'broken' did not start: .*no ipykernel here\. Run 'course doctor'"
    ):
        selfcheck.run(path, kernel_name="broken")


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_time_limit_must_be_positive(tmp_path: Path, timeout: int) -> None:
    with pytest.raises(ValueError, match=f"not {timeout}"):
        selfcheck.run(tmp_path / "any.ipynb", timeout)


@pytest.mark.parametrize(
    "source",
    [
        "import course_lib.nn",
        "import numpy as np, course_lib.nn.layers as layers",
        "from course_lib import data, nn",
        "from course_lib.nn import Conv2d",
        "%matplotlib inline\ndef f():\n    from course_lib.nn.layers import conv_forward\n    return conv_forward",
        "import importlib\nnn = importlib.import_module('course_lib.nn')",
        "from importlib import import_module\nnn = import_module('course_lib.nn.layers')",
        "nn = __import__('course_lib.nn')",
    ],
)
def test_an_import_out_of_bounds_is_refused_and_its_cell_named(tmp_path: Path, source: str) -> None:
    book = [text("### Exercise 1: Forward (1 point)"), answer("a", "", source), checked("a", "assert True", 1)]
    path = save(tmp_path, *book, course={"out_of_bounds": ["course_lib.nn"]})
    with pytest.raises(CourseError) as caught:
        selfcheck.run(path)
    assert str(caught.value).startswith('cell 2, under "Exercise 1: Forward" imports course_lib.nn')
    assert "course_lib.nn is out of bounds in this assignment: you write it yourself here." in str(caught.value)


@pytest.mark.parametrize(
    "source",
    ["import torch.nn", "from course_lib import check", "import course_lib.nnx", "x = 'course_lib.nn'", "def ("],
)
def test_other_imports_are_allowed(source: str) -> None:
    book = nbformat.v4.new_notebook(cells=[code(source), checked("a", "import course_lib.nn", 1)])
    bounds.require_allowed_imports(book, ("course_lib.nn",))


def test_the_kernel_itself_refuses_what_is_out_of_bounds(tmp_path: Path) -> None:
    hidden = "import importlib\nnn = getattr(importlib, 'import_' + 'module')('course_lib.data')"
    book = [
        answer("a", "", hidden),
        answer("b", "", "exec('from course_lib import data')"),
        checked("a", "import course_lib.errors\nassert 'course_lib.data' not in __import__('sys').modules", 1),
    ]
    report = selfcheck.run(save(tmp_path, *book, course={"out_of_bounds": ["course_lib.data"]}))
    refusal = "ImportError: course_lib.data is out of bounds in this assignment: you write it yourself here."
    assert [note.what for note in report.notes] == [refusal, refusal]
    assert report.notes[1].where == """Cell 2, which begins with "exec('from course_lib import data')\""""
    assert report.passed


def test_a_test_as_released_may_import_what_is_out_of_bounds(tmp_path: Path) -> None:
    changed = checked("c", "from course_lib import data", 1)
    changed.source += "  # mine"
    book = [
        checked("a", "from course_lib import data\nassert data.shapes", 1),
        answer("b", "", "exec('from course_lib import data')"),
        checked("b", "import course_lib.data", 1),
        changed,
    ]
    report = selfcheck.run(save(tmp_path, *book, course={"out_of_bounds": ["course_lib.data"]}))
    assert [exercise.verdict for exercise in report.exercises] == [Verdict.PASSED, Verdict.PASSED, Verdict.CHANGED]
    assert "course_lib.data is out of bounds" in report.notes[0].what


def test_checksums_agree_with_nbgrader(tmp_path: Path) -> None:
    task = graded(text("Draw."), "task", task=True, locked=True, points=2)
    given = graded(code("x = 1"), "given", locked=True)
    for cell in (task, given, answer("a", "def f(): ..."), checked("t", "assert 1", 0.5), written("w", 3)):
        assert cells.is_untouched(cell) is True
        cell.source += " "
        assert cells.is_untouched(cell) is False
    assert cells.is_untouched(code("x = 1")) is None
