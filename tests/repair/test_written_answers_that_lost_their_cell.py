"""A written answer whose cell lost its label and its type is read by a person, and never taken for a blank one."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from support.damage import as_bytes, get, place
from support.module_one import WRITTEN, answered, blank, reference

from course_lib.repair.damage import DOUBTFUL_WRITTEN, LOST_WRITTEN, RETYPED, UNLABELLED
from course_lib.repair.doubtful import FOUND_HERE
from course_lib.repair.repair import Repaired, repaired_file

NAME = "why_share"
QUESTION = get(blank(), NAME).source
DOT = {"dot.png": {"image/png": "aGk="}}


def repair(*instead: NotebookNode, notebook: NotebookNode | None = None) -> Repaired:
    """With these cells in place of the written answer."""
    made = notebook or answered()
    at = place(made, NAME)
    made.cells[at : at + 1] = list(instead)
    return repaired_file(as_bytes(made), reference())


def kinds(found: Repaired) -> set[object]:
    return {repair.kind for repair in found.repairs}


@pytest.mark.parametrize("make", [new_raw_cell, new_code_cell, new_markdown_cell])
@pytest.mark.parametrize("text", [WRITTEN, f"{QUESTION}\n\n{WRITTEN}", "# Weights, fewer of them: that's why."])
def test_text_in_a_cell_of_any_type_is_the_answer(make: object, text: str) -> None:
    assert callable(make)
    found = repair(make(text))
    cell = get(found.notebook, NAME)
    assert cell.cell_type == "markdown"
    assert text in cell.source
    assert kinds(found) <= {UNLABELLED, RETYPED, DOUBTFUL_WRITTEN}
    assert LOST_WRITTEN not in kinds(found)


@pytest.mark.parametrize(
    "instead",
    [
        [new_code_cell(f'mo.md(r"""{WRITTEN}""")')],  # as marimo saves it
        [new_code_cell("weights")],  # a word is Python too
        [new_raw_cell("Fewer weights"), new_raw_cell("which all see more.")],
        [new_raw_cell("Fewer weights"), new_code_cell("1 + 1"), new_markdown_cell("which all see more.")],
    ],
)
def test_where_it_may_be_several_cells_a_person_sees_them_all(instead: list[NotebookNode]) -> None:
    found = repair(*instead)
    cell = get(found.notebook, NAME)
    assert cell.source.startswith(f"{QUESTION.rstrip()}\n\n{FOUND_HERE}")
    assert all(part.source in cell.source for part in instead)
    assert DOUBTFUL_WRITTEN in kinds(found)
    sources = [other.source for other in found.notebook.cells if "nbgrader" not in other.metadata]
    assert [part.source for part in instead if part.source in sources] == [part.source for part in instead]


def test_pictures_of_an_answer_come_with_it() -> None:
    parts = [new_markdown_cell("![dot](attachment:dot.png)", attachments=DOT), new_markdown_cell("And more.")]
    assert get(repair(*parts).notebook, NAME).attachments == DOT


def test_code_cannot_end_its_quotation() -> None:
    source = get(repair(new_code_cell("x = '''\n```\n# A title'''")).notebook, NAME).source
    assert source.endswith("````\nx = '''\n```\n# A title'''\n````")


@pytest.mark.parametrize("instead", [[], [new_code_cell(" \n")], [new_raw_cell("")]])
def test_where_nothing_stands_it_is_blank(instead: list[NotebookNode]) -> None:
    found = repair(*instead)
    assert get(found.notebook, NAME).source == QUESTION
    assert LOST_WRITTEN in kinds(found)


def test_a_label_on_a_cell_of_another_type_is_believed() -> None:
    made = answered()
    old = get(made, NAME)
    for cell in (new_raw_cell(WRITTEN, metadata=old.metadata), new_code_cell(WRITTEN, metadata=old.metadata)):
        found = repair(cell, notebook=nbformat.from_dict(answered()))
        assert get(found.notebook, NAME).source == WRITTEN
        assert RETYPED in kinds(found)
