"""Every built notebook, executed from a fresh kernel in an empty folder, as a student would."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode
from support import turns_answered
from support.fresh_kernel import errors_of
from support.tiny_project import ROOT

from grader.authoring.project import Project

PROJECT = Project(ROOT)
PLAIN = [path.with_suffix(".ipynb") for path in PROJECT.sources() if path.parent.name != "solutions"]
"""Lectures and projects."""
WITH_TURNS = [
    module
    for module in PROJECT.modules()
    if (source := PROJECT.lecture_source(module)).exists() and "\n:turn: " in source.read_text("utf-8")
]


def stderr_of(notebook: NotebookNode) -> str:
    outputs = (out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs)
    return "".join(out.text for out in outputs if out.output_type == "stream" and out.name == "stderr")


def scores_of(notebook: NotebookNode) -> dict[str, float]:
    """Points of each automatic test cell, as nbgrader reads them: the bare number that the cell returns."""
    scores = {}
    for cell in notebook.cells:
        part = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and part.get("grade"):
            results = [out.data["text/plain"] for out in cell.outputs if out.output_type == "execute_result"]
            scores[part.grade_id] = float(results[0]) if results else 0.0
    return scores


def points_of(notebook: NotebookNode) -> dict[str, float]:
    parts = [cell.metadata.nbgrader for cell in notebook.cells if "points" in cell.metadata.get("nbgrader", {})]
    return {part.grade_id: float(part.points) for part in parts}


def pictures_without_alt(notebook: NotebookNode) -> int:
    """Figures among the outputs whose alt text a screen reader would not find."""
    outputs = (out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs)
    figures = [out.data for out in outputs if "image/png" in out.get("data", {})]
    return sum('alt="' not in data.get("text/html", "") for data in figures)


def said_by(outputs: list[NotebookNode]) -> str:
    """What a check told the reader."""
    return "".join(out.get("text", "") or out.data["text/plain"] for out in outputs)


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_a_lecture_or_a_project_runs_and_leaves_no_warning(path, executed):
    notebook = executed(path)
    assert errors_of(notebook) == []
    assert stderr_of(notebook) == ""
    assert pictures_without_alt(notebook) == 0


@pytest.mark.parametrize("module", WITH_TURNS)
def test_the_lecture_goes_on_without_an_answer_and_the_solutions_are_right(module, executed) -> None:
    lecture = executed(PROJECT.lecture(module))
    assert errors_of(lecture) == []
    untouched = [said_by(c.outputs) for c in lecture.cells if c.cell_type == "code" and "@check.turn" in c.source]
    assert all(text.startswith("Not tried yet") for text in untouched)
    answered = [said_by(map(nbformat.from_dict, outputs)) for outputs in lecture.metadata[turns_answered.KEPT]]
    assert len(answered) == len(untouched) > 0
    assert all(text.startswith("✓ right") for text in answered), answered


@pytest.mark.parametrize("module", PROJECT.assignments())
def test_the_solution_earns_every_point(module, executed):
    notebook = executed(PROJECT.solution(module))
    assert errors_of(notebook) == []
    points = points_of(notebook)
    scores = scores_of(notebook)
    by_hand = {name for name in points if name not in scores}
    assert scores == {name: value for name, value in points.items() if name not in by_hand}
    assert stderr_of(notebook) == ""
    assert pictures_without_alt(notebook) == 0


@pytest.mark.parametrize("module", PROJECT.assignments())
def test_the_blank_release_runs_to_its_end_and_earns_nothing(module, executed):
    notebook = executed(PROJECT.assignment(module))
    assert errors_of(notebook) == []
    scores = scores_of(notebook)
    assert scores
    assert set(scores.values()) == {0.0}


@pytest.mark.parametrize("module", PROJECT.assignments())
def test_the_points_add_up_to_what_the_text_says(module):
    notebook = nbformat.read(PROJECT.assignment(module), as_version=4)
    parts = [cell for cell in notebook.cells if "points" in cell.metadata.get("nbgrader", {})]
    by_tests, by_hand = (
        sum(cell.metadata.nbgrader.points for cell in parts if cell.cell_type == kind) for kind in ("code", "markdown")
    )
    said = f"- {by_tests + by_hand} points: {by_tests} by the tests, {by_hand} by a person"
    assert any(said in cell.source for cell in notebook.cells), said
