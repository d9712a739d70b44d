"""The run that shows a lecture untouched and its turns answered tells what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from support import turns_answered
from support.fresh_kernel import errors_of, executed_once
from support.tiny_project import HEADER

from grader.authoring import turns
from grader.authoring.source import read

TURN = """\
```{{code-cell}} ipython3
:turn: {name}
### BEGIN SOLUTION
{name} = {solution}
### END SOLUTION
### BEGIN CHECK
{check}
### END CHECK
```

"""
TURNS = [
    ("right", "factor * 3", "check.equal(right, 6)"),
    ("wrong", "factor * 3", "check.equal(wrong, 7)"),
    ("broken", "factor * 3", "check.equal(brokn, 6)"),
    ("used", "factor * 3", "check.equal(used, 6)"),
]


def test_a_wrong_solution_a_broken_check_and_a_cell_that_needs_an_answer_show(tmp_path: Path) -> None:
    path = tmp_path / "01_tiny.ipynb"
    given = ["from course_lib import check\nfactor = 2", "factor = 'changed'\nused + 1"]
    cells = "".join(TURN.format(name=name, solution=solution, check=text) for name, solution, text in TURNS)
    fenced = [f"```{{code-cell}} ipython3\n{text}\n```\n\n" for text in given]
    source = path.with_suffix(".md")
    source.write_text(HEADER.format(kind="lecture") + fenced[0] + cells + fenced[1], "utf-8")
    made = [new_code_cell(cell.source) for cell in turns.expanded(read(source)).cells if cell.kind == "given"]
    nbformat.write(new_notebook(cells=made), path)

    ran = executed_once(path, tmp_path)

    assert [cell.source for cell in ran.cells] == [cell.source for cell in made]
    assert errors_of(ran) == ["TypeError: unsupported operand type(s) for +: 'ellipsis' and 'int'"]
    said = [str(outputs) for outputs in ran.metadata[turns_answered.KEPT]]
    assert ["✓ right" in text for text in said] == [True, False, False, True]
    assert "NameError" in said[2]
