"""Modules out of bounds: what a source may say of them, and that they reach the student and the metadata."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from support.tiny_project import TinyProject

import course_lib
from grader import import_graph
from grader.authoring.build import build

SOLUTION = "solutions/01_convolution.md"
TITLE, IMPORT = "# An assignment\n", "from course_lib import check\n"
SAID = TITLE + "\nDo not import `course_lib.nn`.\n"
REFUSED = "this cell imports course_lib.nn, and course_lib.nn is out of bounds."
ALWAYS_ALLOWED = ("check", "claims", "colab", "data", "vis")


def put_out_of_bounds(tiny: TinyProject, names: str, text: str = SAID) -> None:
    tiny.edit(SOLUTION, "minutes: 5}", f"minutes: 5, out_of_bounds: {names}}}")
    tiny.edit(SOLUTION, TITLE, text)


def problems(tiny: TinyProject) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in build(tiny).problems]


def test_the_notebooks_carry_the_names_and_tests_may_import_them(tiny):
    put_out_of_bounds(tiny, "[course_lib.nn]")
    imports = "import course_lib.nn\n### BEGIN HIDDEN TESTS\nfrom course_lib import nn\n"
    tiny.edit(SOLUTION, "### BEGIN HIDDEN TESTS\n", imports)
    assert build(tiny).write()
    for path in (tiny.solution("01_convolution"), tiny.assignment("01_convolution")):
        assert nbformat.read(path, as_version=4).metadata.course["out_of_bounds"] == ["course_lib.nn"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("course_lib.nn", "`out_of_bounds:` is a list of packages, such as [course_lib.nn]."),
        ("[1]", "`out_of_bounds:` is a list of packages, such as [course_lib.nn]."),
        ("[course_lib.nowhere]", "course_lib.nowhere cannot be out of bounds: there is no such package, a folder."),
        ("[course_lib.nn.dense]", "course_lib.nn.dense cannot be out of bounds: there is no such package, a folder."),
        (
            "[scipy.signal]",
            "scipy.signal cannot be out of bounds: "
            "only packages of course_lib can be, since other packages need theirs.",
        ),
        (
            "[course_lib.autodiff]",
            "no text of the assignment says that course_lib.autodiff is out of bounds: "
            "tell the student not to import it.",
        ),
    ],
)
def test_what_the_header_may_not_say(tiny, names, message):
    put_out_of_bounds(tiny, names)
    assert problems(tiny) == [(tiny.line(SOLUTION, "out_of_bounds"), message)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            IMPORT,
            IMPORT + "import course_lib.nn\n",
            REFUSED,
        ),
        (
            IMPORT,
            IMPORT + "from course_lib.nn import dense\n",
            REFUSED,
        ),
        (
            "    return 2 * x\n",
            "    import importlib\n    importlib.import_module('course_lib.nn')\n    return 2 * x\n",
            REFUSED,
        ),
    ],
    ids=["shared", "from", "answer"],
)
def test_no_other_cell_imports_them(tiny, old, new, message):
    put_out_of_bounds(tiny, "[course_lib.nn]")
    tiny.edit(SOLUTION, old, new)
    line = max(n for n, text in enumerate((tiny.root / SOLUTION).read_text().split("\n"), 1) if "course_lib.nn" in text)
    assert (line, message) in problems(tiny)


def test_nor_through_another_part_of_the_library(tiny):
    put_out_of_bounds(tiny, "[course_lib.check]", TITLE + "\nNot `course_lib.check`.\n")
    tiny.edit(SOLUTION, IMPORT, "from course_lib import claims\n")
    message = "this cell imports course_lib.claims, which itself imports course_lib.check, and that is out of bounds."
    assert (tiny.line(SOLUTION, "import claims"), message) in problems(tiny)


@pytest.mark.parametrize("part", ALWAYS_ALLOWED)
def test_what_every_notebook_uses_needs_no_layers(part):
    """Else a student could not use it where the layers are out of bounds."""
    root = Path(course_lib.__file__).parents[1]
    start = [str(path.relative_to(root)) for path in import_graph.candidates(root, f"course_lib.{part}")]
    reached = import_graph.files(root, start, "course_lib")
    assert any(part in path for path in reached)
    assert not {path for path in reached if path.startswith(("course_lib/nn/", "course_lib/autodiff/"))}
