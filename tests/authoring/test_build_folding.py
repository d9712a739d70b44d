"""Folding: tests, set-up and cells that only draw or check are closed, the idea stands open."""

from __future__ import annotations

import nbformat
import pytest
from support.tiny_project import TinyProject

from course_lib.selfcheck import cell_roles as selfcheck
from grader.authoring.build import build
from grader.authoring.folding import folded
from grader.authoring.rules import pattern
from grader.authoring.source import Cell, Source, read

LECTURE = "lectures/01_convolution.md"


def test_every_form_of_a_folded_cell_is_written(built: TinyProject) -> None:
    for path in (built.solution("01_convolution"), built.assignment("01_convolution")):
        cells = {c.metadata.nbgrader.grade_id: c for c in nbformat.read(path, as_version=4).cells}
        closed = [name for name, cell in cells.items() if cell.metadata.get("jupyter", {}).get("source_hidden")]
        assert closed == ["course-setup", "twice_tests"]
        for name in closed:
            assert cells[name].metadata.cellView == "form"
            assert cells[name].metadata.tags == ["hide-input"]
            assert cells[name].source.startswith("# @title ")
        assert cells["twice_tests"].source.startswith("# @title Test of twice\n")
        assert cells["an-assignment-2"].metadata.tags == ["shared"]


def test_a_folded_test_is_untouched_however_a_front_end_opens_it(built: TinyProject) -> None:
    """JupyterLab and Colab write and remove such metadata; neither changes what a cell is."""
    notebook = nbformat.read(built.assignment("01_convolution"), as_version=4)
    (test,) = (cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "twice_tests")
    assert selfcheck.is_untouched(test)
    test.metadata.jupyter.source_hidden = False
    del test.metadata["cellView"], test.metadata["tags"]
    assert selfcheck.is_untouched(test)


def source_of(tiny: TinyProject, *cells: str) -> Source:
    fenced = "".join(f"```{{code-cell}} ipython3\n{cell}\n```\n\n" for cell in cells)
    path = tiny.root / LECTURE
    path.write_text(path.read_text("utf-8") + "\n" + fenced, "utf-8")
    return read(path)


def title_of_first(tiny: TinyProject, *cells: str) -> str | None:
    source = source_of(tiny, *cells)
    place = len(source.cells) - len(cells)
    return folded(source).get(place)


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        (['vis.show(fig, alt="x")'], "Picture"),
        (
            ['fig = vis.bars(x)\nvis.show(fig, alt="x")\nclaims.measured("C06", "t", holds=True, n=1)'],
            "Picture and check",
        ),
        (["@vis.attempt\ndef draw():\n    '''Two curves.\n\n    More.'''\n    vis.slide(1)"], "Two curves"),
        ([":title: The film\nvis.slide_kernel(x, w)"], "The film"),
        ([":tags: [fold]\nx = 1"], "Code"),
        ([":tags: [tests_only]\ndef truth():\n    return 1"], "What the tests compare with"),
        ([":tags: [open]\nvis.slide_kernel(x, w)"], None),
        (["x = 1\nvis.slide_kernel(x, x)", "print(x)"], None),  # a later cell takes x up
        (["x = 1\nvis.slide_kernel(x, x)", "x = 2\nprint(x)"], "Picture"),
        (["def idea():\n    return 1\n\nclaims.measured('C06', 't', holds=True, n=idea())"], None),
        (["print(1)"], None),
        ([":tags: [shared]\nvis.show(fig, alt='x')"], None),
    ],
)
def test_what_folds(tiny: TinyProject, cells: list[str], title: str | None) -> None:
    assert title_of_first(tiny, *cells) == title


def test_the_tags_for_the_build_stay_in_the_source(tiny: TinyProject) -> None:
    source_of(tiny, ":tags: [fold]\n%%time\nx = 1")
    build(tiny).write()
    cell = nbformat.read(tiny.lecture("01_convolution"), as_version=4).cells[-1]
    assert cell.metadata.tags == ["hide-input"]
    assert cell.source.startswith("%%time")  # a cell's magic must stay in its first line


def messages(tiny: TinyProject) -> list[str]:
    return [problem.message for problem in pattern.open_cells(read(tiny.root / LECTURE))]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("\n".join(f"x{n} = {n}" for n in range(16)), "an open cell of 16 lines, 15 is the limit"),
        ("x = 1\nvis.slide_kernel(x, x)\n```\n\n```{code-cell} ipython3\nprint(x)", "an open cell that calls vis"),
        (":tags: [open]\nclaims.measured('C06', 't', holds=True, n=1)", "an open cell that calls claims"),
    ],
)
def test_an_open_cell_is_the_idea_itself(tiny: TinyProject, cell: str, message: str) -> None:
    source_of(tiny, cell)
    assert messages(tiny) == []  # module 01 is asked only when its header says so
    tiny.edit(LECTURE, "kind: lecture", "pattern: true, kind: lecture")
    assert messages(tiny)[-1].startswith(message)


@pytest.mark.parametrize(("name", "course", "asked"), [("04_x", {}, False), ("05_x", {}, True), ("x", {}, False)])
def test_the_pattern_is_asked_from_module_five_on(
    tiny: TinyProject, name: str, course: dict[str, object], asked: bool
) -> None:
    source = Source(tiny.root / f"{name}.md", {"course": course}, [Cell("text", "", 1)])
    assert source.follows_pattern is asked
