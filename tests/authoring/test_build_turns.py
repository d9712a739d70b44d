"""*Your turn*: stub, check and solution out of one cell; untried it stops nothing, and the solution is right."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from support.tiny_project import TinyProject

from grader.authoring import turns
from grader.authoring.build import build
from grader.authoring.rules import pattern
from grader.authoring.source import Cell, Source

LECTURE = "lectures/01_convolution.md"
FUNCTION = """\
def double(x):
    \"\"\"Two times x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
### BEGIN CHECK
\"\"\"Also below zero.\"\"\"
for x in (3, -1):
    check.equal(double(x), 2 * x, hint="Twice 3 is 6.")
### END CHECK
"""
VALUE = """\
### BEGIN SOLUTION
padding, size = 1, 3
### END SOLUTION
### BEGIN CHECK
check.equal(padding + size, 4)
### END CHECK
"""


def three(source: str) -> list[Cell]:
    cell = Cell("given", source, 1, {"turn": "mine"})
    return turns.expanded(lecture_of(cell)).cells


def lecture_of(*cells: Cell) -> Source:
    """A lecture of these cells alone."""
    return Source(Path("05_x.md"), {"course": {"kind": "lecture"}}, list(cells))


def said(capsys: pytest.CaptureFixture[str], *cells: str) -> str:
    """What cells print, one after the other, in a plain Python session."""
    names: dict[str, object] = {}
    exec("from course_lib import check", names)
    for cell in cells:
        exec(cell, names)
    return capsys.readouterr().out


def test_one_cell_becomes_three() -> None:
    stub, judge, solution = three(FUNCTION)
    assert stub.source == f'def double(x):\n    """Two times x."""\n    {turns.STUB}'
    assert judge.source.startswith('@check.turn\ndef check_mine():\n    """Also below zero."""\n    for x in')
    assert judge.options["tags"] == ["fold"]
    assert solution.source == "<details>\n<summary>Solution</summary>\n\n```python\nreturn 2 * x\n```\n\n</details>"
    assert three(VALUE)[0].source == "padding = ...  # your turn\nsize = ...  # your turn"


@pytest.mark.parametrize("source", [FUNCTION, VALUE])
def test_untried_wrong_and_right(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    stub, judge, _ = (cell.source for cell in three(source))
    assert said(capsys, stub, judge).startswith("Not tried yet: write your lines in the cell above")
    solved = turns.solved(Cell("given", source, 1, {"turn": "mine"}))
    assert said(capsys, solved, judge).startswith("✓ right: ")
    wrong = solved.replace("2 * x", "x + 3").replace("1, 3", "1, 4")
    assert said(capsys, wrong, judge).startswith("Not yet.\n")
    broken = solved.replace("2 * x", "2 * y").replace("1, 3", "1, '3'")
    assert said(capsys, broken, judge).startswith("Not yet. ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("### BEGIN CHECK\n", ""), "a turn needs these lines"),
        (("    return 2 * x\n", "    x = x\n" * 7), "a solution of 7 lines; a turn asks for at most 6."),
    ],
)
def test_what_the_build_refuses(change: tuple[str, str], message: str) -> None:
    assert list(pattern.whole_turns(lecture_of(Cell("given", FUNCTION, 1, {"turn": "mine"})))) == []
    source = lecture_of(Cell("given", FUNCTION.replace(*change), 1, {"turn": "mine"}))
    (problem,) = pattern.whole_turns(source)
    assert problem.message.startswith(message)


def test_a_turn_reaches_the_notebook_folded_as_it_must_be(tiny: TinyProject) -> None:
    path = tiny.root / LECTURE
    fenced = f"```{{code-cell}} ipython3\n:turn: mine\n{FUNCTION}```\n"
    path.write_text(path.read_text("utf-8").replace("import claims", "import check, claims") + "\n" + fenced, "utf-8")
    build(tiny).write()
    stub, judge, solution = nbformat.read(tiny.lecture("01_convolution"), as_version=4).cells[-3:]
    assert "source_hidden" not in stub.metadata.get("jupyter", {})
    assert judge.metadata.jupyter.source_hidden
    assert judge.source.startswith("# @title Check your turn")
    assert solution.cell_type == "markdown"
