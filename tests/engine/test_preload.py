"""What the parents import before they fork is read off the instructor's notebook; the rest is imported when needed."""

from __future__ import annotations

import importlib.util
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from support.sandbox_tools import ROOT
from support.small_notebooks import answer, cell, graded, notebook, run

from grader.engine.engine import Engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.preload import Preload, preload_of
from grader.engine.student.imports import MODULES, SLOW


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("from scipy import signal", "scipy"),
        ("import matplotlib.pyplot as plt", "figures"),
        ("vis.show(figure, alt='a')", "figures"),
        ("y.backward(torch.ones(2))", "gradients"),
        ("optimizer = torch.optim.Adam(net.parameters())", "optimizers"),
        ("from torch import optim", "optimizers"),
        ("from course_lib import check", "course"),
    ],
)
def test_a_group_is_needed_where_the_code_names_it(code: str, group: str) -> None:
    assert group in preload_of(notebook(new_code_cell(code))).student
    assert preload_of(notebook(new_markdown_cell(code))) == Preload((), ())


@pytest.mark.parametrize("code", ["loss.backward()", "def optimal(x): return x", "revise(plot)"])
def test_what_only_looks_alike_needs_nothing(code: str) -> None:
    assert preload_of(notebook(new_code_cell(code))) == Preload((), ())


def test_the_testers_run_no_answers() -> None:
    made = notebook(answer("import scipy", "f"), graded("import matplotlib"))
    assert preload_of(made) == Preload(student=("scipy", "figures"), tester=("figures",))


def test_a_notebook_as_its_file_has_it_says_the_same() -> None:
    """There the lines of a cell stand apart."""
    path = ROOT / "solutions" / "04_training" / "04_training.ipynb"
    found = preload_of(nbformat.read(path, as_version=4))
    assert found == preload_of(json.loads(path.read_text("utf-8")))
    assert found.tester == ("figures", "optimizers", "course")


def test_what_is_not_imported_beforehand_still_works() -> None:
    """In both processes, figures in the student's included."""
    code = "import matplotlib.pyplot as plt\nfrom scipy import signal\nplt.plot([1, 2])\ndef f(): return signal"
    made = notebook(answer(code, "f"), graded("from scipy import ndimage\nassert ndimage and f()"))
    with Engine(Isolation.NONE) as engine:
        engine.start((), Preload((), ()))
        engine.run(made, made, Limits())
    assert "image/png" in made.cells[0].outputs[-1].data
    assert made.cells[1].outputs == []


def test_everything_there_is_to_import_can_be_found() -> None:
    named = [*MODULES, *(module for _, modules in SLOW.values() for module in modules)]
    assert [module for module in named if importlib.util.find_spec(module) is None] == []


def test_a_traceback_imports_nothing() -> None:
    """A process imports a dozen packages for its first traceback, unless its parent has formatted one."""
    before = "import sys\nbefore = {*sys.modules, *sys.stdlib_module_names}"
    after = "print(*({*sys.modules} - before))"
    made = notebook(*(cell(source) for source in (before, "1 / 0", after)))
    run(made)
    assert [output.ename for output in made.cells[1].outputs] == ["ZeroDivisionError"]
    assert [output.text for output in made.cells[2].outputs] == ["\n"]
