"""What an assignment puts out of bounds is refused by `course check`, before and while the notebook runs."""

from pathlib import Path

import nbformat
import pytest
from support.student_notebooks import answer, checked, code, save, text

from course_lib import selfcheck
from course_lib.errors import CourseError
from course_lib.selfcheck import Verdict, bounds


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
