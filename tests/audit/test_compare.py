"""An author's solution in one kernel and in two: what each test cell gives, and the error that it ends with."""

from __future__ import annotations

from copy import deepcopy

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from support.small_notebooks import answer, cell, graded, notebook

from course_lib.errors import CourseError
from grader.audit.two_ways import Result, compare
from grader.engine.isolation import Isolation

CELLS = {
    "agree": "assert f(1) == 2",
    "low": "import gc\nassert any(type(found).__name__ == 'Own' for found in gc.get_objects()), 'nothing\\nthere'",
    "high": "assert_equal(f(1), 2)",
    "fails": "assert f(1) == 3, 'no'",
    "partial": "0.5",
    "more": "3",
    "none": "assert f(1) == 2",
    "hidden": "### BEGIN HIDDEN TESTS\nassert f(1) == 3, 'a secret'\n### END HIDDEN TESTS",
    "file": "assert open('data.txt').read() == 'here' == read()",
    "warned": "import sys\nprint('a warning', file=sys.stderr)",
}
POINTS = {"partial": 2, "none": 0}
ANSWER = "class Own: pass\nown = Own()\ndef f(x): return x + 1\ndef read(): return open('data.txt').read()"


@pytest.fixture(scope="module")
def compared():
    tests = (graded(source, name, points=POINTS.get(name, 1)) for name, source in CELLS.items())
    made = notebook(cell("import nothing_of_this_name"), answer(ANSWER), *tests)
    made.metadata["kernelspec"] = {"name": "of-somebody-else", "display_name": "Other", "language": "python"}
    before = deepcopy(made)
    cells = compare(made, {"data.txt": b"here"}, isolation=Isolation.NONE)
    assert made == before
    assert [one.name for one in cells] == list(CELLS)
    return {one.name: one for one in cells}


PASSES = Result(1, "")


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("agree", PASSES, PASSES),
        ("none", PASSES, PASSES),
        ("file", PASSES, PASSES),
        ("warned", PASSES, PASSES),
        ("low", PASSES, Result(0, "AssertionError: nothing there")),
        ("fails", Result(0, "AssertionError: no"), Result(0, "AssertionError: no")),
        ("hidden", Result(0, "AssertionError: a secret"), Result(0, "AssertionError: a secret")),
        ("partial", Result(0.25, ""), Result(0.25, "")),
    ],
)
def test_results(compared, name, one, two):
    assert (compared[name].one, compared[name].two) == (one, two)
    assert compared[name].agrees == (one == two)


def test_more_than_a_cell_is_worth_cannot_be_graded(compared):
    said = "nbgrader cannot grade the cell: partial credit cannot be greater than maximum points for cell"
    assert (compared["more"].one, compared["more"].two) == (Result(0, said), Result(0, said))


def test_cells_without_points_or_labels_are_no_tests():
    for cells in ([], [new_markdown_cell("text")], [answer("x = 1"), cell("assert x == 1")]):
        with pytest.raises(CourseError, match="no test cells of nbgrader"):
            compare(new_notebook(cells=cells), {}, isolation=Isolation.NONE)


def test_a_name_that_stands_twice_is_refused_as_nbgrader_does():
    with pytest.raises(CourseError, match="two cells have the same grade_id: f"):
        compare(notebook(answer("f = 1", "f"), graded("assert f", "f")), {}, isolation=Isolation.NONE)
