"""Notebook files that attack whoever parses them: refused with an ordinary error, or graded for what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from grader_under_attack import Attacked, Memory, assert_storable
from nbformat.v4 import new_code_cell, new_notebook
from submission import TWICE, Hostile, notebook_of

REFUSED = (nbformat.ValidationError, nbformat.reader.NotJSONError, ValueError, AttributeError, KeyError, RecursionError)
"""What reading a file may raise: nbgrader and the batch report these by name, and the batch goes on."""


def honest(attacked: Attacked) -> dict[str, Any]:
    """A right submission as plain JSON."""
    made: dict[str, Any] = json.loads(nbformat.writes(notebook_of(Hostile("honest", twice=TWICE), str(attacked.root))))
    return made


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], str]:
    def text(made: dict[str, Any]) -> str:
        change(made)
        return json.dumps(made)

    return text


def replaced(old: str, new: str) -> Callable[[dict[str, Any]], str]:
    def text(made: dict[str, Any]) -> str:
        plain = json.dumps(made)
        assert old in plain
        return plain.replace(old, new, 1)

    return text


def first(made: dict[str, Any]) -> dict[str, Any]:
    """The student's first cell."""
    cell: dict[str, Any] = made["cells"][2]
    return cell


DEEP = "[" * 50_000 + "]" * 50_000
PNG = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * (20 << 20)}}

DAMAGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "JSON fifty thousand deep": lambda made: (
        f'{{"cells": {DEEP}, "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    ),
    "no end": lambda made: json.dumps(made)[:-20],
    "a number for a notebook": lambda made: "3",
    "a null byte": lambda made: json.dumps(made) + "\0",
    "cells that are no list": changed(lambda made: made.update(cells={"0": 1})),
    "a version of the far future": changed(lambda made: made.update(nbformat=10**9)),
    "a number of ten thousand digits": replaced('"nbformat_minor": 5', f'"nbformat_minor": {"9" * 10_000}'),
}
GRADED: dict[str, Callable[[dict[str, Any]], str]] = {
    "keys twice": lambda made: '{"cells": [], "nbformat": 3, "metadata": 1, ' + json.dumps(made)[1:],
    "NaN and infinity": replaced('"nbformat": 4', '"odd": [NaN, Infinity, -Infinity], "nbformat": 4'),
    "twenty megabytes of old output": changed(lambda made: first(made).update(outputs=[PNG])),
    "outputs of the wrong types": changed(
        lambda made: first(made).update(outputs=[{"output_type": "stream", "text": 3}])
    ),
    "outputs of unknown kinds": changed(lambda made: first(made).update(outputs=[{"output_type": "evil"}])),
    "a forged score in old outputs": changed(
        lambda made: made["cells"][4].update(
            outputs=[
                {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": {"text/plain": "99"}}
            ]
        )
    ),
    "metadata of nbgrader that is a list": changed(lambda made: first(made)["metadata"].update(nbgrader=[1, 2])),
    "metadata of nbgrader that is text": changed(lambda made: first(made)["metadata"].update(nbgrader="grade_id")),
    "a grade_id that is a dict": changed(
        lambda made: first(made)["metadata"].update(nbgrader={"grade_id": {"a": 1}, "grade": "yes", "points": "inf"})
    ),
    "tags that are a number": changed(lambda made: first(made)["metadata"].update(tags=7, in_kernel=True)),
    "a notebook that asks for its own kernel": changed(
        lambda made: made["metadata"].update(in_kernel=True, kernelspec={"name": "../../x", "argv": ["sh"]})
    ),
    "half a character in a cell": changed(lambda made: first(made).update(source="print('\ud800')")),
    "half a character in metadata": changed(lambda made: first(made)["metadata"].update({"\udfff": "\ud800"})),
    "a cell of a kind that is none": changed(lambda made: first(made).update(cell_type="evil")),
    "a thousand cells": changed(
        lambda made: made["cells"].extend({**first(made), "id": f"c{n}", "source": ""} for n in range(1000))
    ),
    "a cell of a million lines": changed(lambda made: first(made).update(source="# x\n" * 1_000_000)),
    "a cell of brackets": changed(lambda made: first(made).update(source="(" * 5000 + ")" * 5000)),
    "a cell of operators": changed(lambda made: first(made).update(source="-" * 100_000 + "1")),
    "a cell with a null byte": changed(lambda made: first(made).update(source="x = 1\0")),
    "a cell of magics": changed(lambda made: first(made).update(source="%%script sh\nkill -9 -1\n")),
}


def assert_storable_but_for_source(made: nbformat.NotebookNode) -> None:
    """What the engine wrote can be stored; the rest is as the file had it."""
    for cell in made.cells:
        for output in cell.get("outputs", []):
            nbformat.validate(new_notebook(cells=[new_code_cell(outputs=[output])]))
            json.dumps(output, ensure_ascii=False, allow_nan=False).encode("utf-8")


@pytest.mark.parametrize("name", DAMAGED)
def test_a_file_that_is_no_notebook_is_refused(attacked: Attacked, name: str) -> None:
    text = DAMAGED[name](honest(attacked))
    with Memory() as memory, pytest.raises(REFUSED):
        attacked.grade(nbformat.reads(text, as_version=4))
    attacked.assert_light(memory)
    attacked.assert_unharmed()


@pytest.mark.parametrize("name", GRADED)
def test_a_file_with_odd_parts_is_graded(attacked: Attacked, name: str) -> None:
    text = GRADED[name](honest(attacked))
    with Memory() as memory:
        made = nbformat.reads(text, as_version=4)
        scores = attacked.grade(made)
    assert scores == (3, 2)
    assert_storable_but_for_source(made)
    attacked.assert_light(memory)
    attacked.assert_unharmed()


def test_an_honest_notebook_can_be_stored(attacked: Attacked) -> None:
    made = nbformat.reads(json.dumps(honest(attacked)), as_version=4)
    assert attacked.grade(made) == (3, 2)
    assert_storable(made)
