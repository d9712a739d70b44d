"""`course audit`: any nbgrader source notebook, from a file to what a person reads in 80 columns."""

from __future__ import annotations

import nbformat
import pytest
from rich.console import Console
from support.autotest_course import FILES, autotest_notebook
from support.small_notebooks import answer, graded, notebook

from course_lib.errors import CourseError
from grader.audit.audit import Audit, audit
from grader.audit.audit_text import MOST_OF_AN_ERROR, audit_text
from grader.audit.constructs import constructs
from grader.audit.two_ways import Comparison, Result
from grader.engine.isolation import Isolation

ANSWER = "import warnings\ndef read(): return open('data.txt').read()\ndef warn(): warnings.warn('careful')"
WARNS = "import warnings\nwith warnings.catch_warnings(record=True) as given:\n    warn()\nassert given"


def shown(found: Audit, width: int = 80) -> str:
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(audit_text(found))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("anywhere")
    tests = {
        "read_tests": "assert read() == open('data.txt').read() == 'here'",
        "warn_tests": WARNS,
        "gc_tests": "import gc\ngc.get_objects()\n1",
    }
    made = notebook(answer(ANSWER), *(graded(source, name) for name, source in tests.items()))
    nbformat.write(made, folder / "own.ipynb")
    (folder / "files").mkdir()
    (folder / "files" / "data.txt").write_text("here")
    return audit(folder / "own.ipynb", folder / "files", isolation=Isolation.NONE)


def test_cells_that_differ_and_constructs_elsewhere(found):
    assert [cell.name for cell in found.differing] == ["warn_tests"]
    assert {one.cell for one in found.found} == {"warn_tests", "gc_tests"}


def test_what_a_person_reads(found):
    text = shown(found)
    assert text.startswith("warn_tests\n  one kernel: 1 of 1\n  two interpreters: 0 of 1, AssertionError:\n  A warning")
    assert "gc_tests, line 2: gc.get_objects()\n  It looks through" in text
    assert "3 test cells: 2 agree, 1 too low, 0 too high." in text
    assert max(map(len, text.split("\n"))) <= 80


PASSES = Result(1, "")


def comparison(one, two, points=1.0, name="cell"):
    return Comparison(name, "assert f() == 1", points, one, two)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            comparison(PASSES, Result(0, "NameError: name 'x'"), 0),
            "kernel: passes\n  two interpreters: fails",
        ),
        (comparison(PASSES, Result(0, "NameError: name 'x'")), "bound neither by the test nor by a cell"),
        (comparison(PASSES, Result(0, "StudentTimeout: up")), "calls the student's code too often"),
        (comparison(PASSES, Result(0, "OddError: odd")), "does not behave here as it does there. Mark the"),
        (comparison(Result(0, "E: no"), Result(0.5, ""), 3), "0 of 3, E: no\n  two interpreters: 1.5 of 3"),
        (comparison(Result(0, "E: no"), PASSES), "does not earn everything in one kernel: cell"),
        (comparison(PASSES, Result(0, "E: " + "x" * 999)), "…"),
    ],
)
def test_each_difference_has_a_cause_and_a_remedy(cell, words, tmp_path):
    text = shown(Audit(tmp_path, [cell], []), width=300)
    assert words in text
    assert len(text) < MOST_OF_AN_ERROR + 800


def test_nothing_differs(tmp_path):
    assert shown(Audit(tmp_path, [comparison(PASSES, PASSES)], [])) == ("1 test cell: 1 agree, 0 too low, 0 too high.")


def test_directives_are_instantiated_first(tmp_path):
    nbformat.write(autotest_notebook(FILES / "autotest-simple.ipynb"), tmp_path / "own.ipynb")
    with pytest.raises(CourseError, match=r"`### AUTOTEST` in test_simple asks for autotests\.yml"):
        audit(tmp_path / "own.ipynb", isolation=Isolation.NONE)
    (tmp_path / "autotests.yml").write_bytes((FILES / "autotests.yml").read_bytes())
    (cell,) = audit(tmp_path / "own.ipynb", isolation=Isolation.NONE).cells
    assert (cell.one, cell.two) == (PASSES, PASSES)
    assert "assert" in cell.source


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), ("{", "is no notebook"), ("julia", "is written for 'julia'")],
)
def test_what_is_no_python_notebook_is_refused(content, message, tmp_path):
    path = tmp_path / "own.ipynb"
    if content == "julia":
        made = notebook(graded("1"))
        made.metadata["kernelspec"] = {"name": "julia", "display_name": "Julia", "language": "julia"}
        nbformat.write(made, path)
    elif content is not None:
        path.write_text(content)
    with pytest.raises(CourseError, match=message):
        audit(path, isolation=Isolation.NONE)


def test_one_line_for_a_log(found):
    (line,) = [str(one) for one in constructs(notebook(answer(ANSWER), graded(WARNS, "w")))]
    assert line.startswith("w, line 2 (`with warnings.catch_warnings(record=True) as given:`): A warning that")
    assert line.endswith("Mark the cell `in_kernel`.")
