"""`course check` says what the grader says: the same notebook through both, case by case, however it was saved."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from damage import as_bytes, colab, deleted, edited, pasted_twice, untouched, without_ids, without_metadata
from nbformat import NotebookNode
from tiny_project import TinyProject, make_tiny

from course_lib import released, selfcheck
from course_lib.check.score import SCORE_MIME
from course_lib.repair.reference import reference_of
from course_lib.repair.repair import repaired_file
from grader.authoring.build import build
from grader.engine.engine import shared_engine
from grader.engine.limits import Limits

NAME = "01_convolution"
SECONDS = 6
ANSWER = 'def twice(x):\n    """Two times x."""\n    return 2 * x'
JUDGED = '    check.equal(twice(3), 6, mistakes={"you squared it": 9})\n'
MORE_TESTS = f"""\
with check.case("zero", points=0.5):
    check.equal(twice(0), 0)
with check.case("a positive number", points=0.5):
{JUDGED}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    tiny = make_tiny(tmp_path_factory.mktemp("as_graded"))
    case = 'with check.case("a positive number", points=1):\n'
    tiny.edit(f"solutions/{NAME}.md", f"{case}{JUDGED}", MORE_TESTS)
    build(tiny).write()
    return tiny


def renamed_kernel(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata.kernelspec |= {"name": "python", "display_name": "Python (Pyodide)"}
    return notebook


def bare(notebook: NotebookNode) -> NotebookNode:
    """As Kaggle, Deepnote and marimo give it back: no label, no id, metadata of their own."""
    notebook = without_ids(without_metadata()(notebook))
    notebook["metadata"] = {"kernelspec": {"name": "conda-base-py", "language": "python", "display_name": "Base"}}
    return notebook


SAVED: dict[str, Callable[[NotebookNode], NotebookNode]] = {
    "untouched": untouched,
    "bare": bare,
    "Colab": colab,
    "JupyterLite": renamed_kernel,
    "a test twice": pasted_twice("twice_tests"),
    "a test gone": deleted("twice_tests"),
    "a test changed": edited("twice_tests", "check.score = 2"),
    "shared code gone": deleted("an-assignment-2"),
}
ANSWERS = {
    "right": ANSWER,
    "not begun": None,
    "no Python": "def twice(x):\n    return 2 * * x",
    "wrong": "def twice(x):\n    return x + 3",
}


def submission(project: TinyProject, answer: str | None) -> NotebookNode:
    notebook = nbformat.read(project.assignment(NAME), as_version=4)
    for cell in notebook.cells:
        if answer is not None and cell.metadata.nbgrader.grade_id == "twice":
            cell["source"] = answer
    return notebook


def graded(project: TinyProject, data: bytes, folder: Path) -> dict[str, float]:
    """Points of the public cases, by the grader: its repair and its two interpreters."""
    release = nbformat.read(project.assignment(NAME), as_version=4)
    notebook = deepcopy(repaired_file(data, reference_of(release)).notebook)
    shared_engine(isolated=False).run(notebook, release, Limits(cell_seconds=SECONDS), folder)
    return {cell.metadata.nbgrader.grade_id: public(cell) for cell in notebook.cells if is_test(cell)}


def is_test(cell: NotebookNode) -> bool:
    part: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return bool(part.get("grade") and not part.get("solution"))


def public(cell: NotebookNode) -> float:
    records = [output.data[SCORE_MIME] for output in cell.outputs if SCORE_MIME in output.get("data", {})]
    return sum(float(case["earned"]) for record in records[-1:] for case in record["cases"])


def both(
    project: TinyProject, notebook: NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, float]:
    monkeypatch.setattr(released, "FOLDER", project.library_copy(NAME).parent)
    path = folder / "mine.ipynb"
    path.write_bytes(as_bytes(notebook))
    report = selfcheck.run(path, SECONDS)
    checked = {exercise.grade_id: exercise.earned for exercise in report.exercises if not exercise.by_hand}
    assert checked == graded(project, path.read_bytes(), folder)
    assert [file.name for file in folder.iterdir()] == ["mine.ipynb"]
    return checked


@pytest.mark.parametrize("how", SAVED)
def test_however_it_was_saved(how: str, project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = SAVED[how](submission(project, ANSWER))
    assert both(project, json.loads(as_bytes(notebook)), tmp_path, monkeypatch) == {"twice_tests": 1.0}


@pytest.mark.parametrize(("kind", "points"), list(zip(ANSWERS, (1.0, 0.0, 0.0, 0.5), strict=True)))
def test_whatever_the_answer_does(
    kind: str, points: float, project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both(project, submission(project, ANSWERS[kind]), tmp_path, monkeypatch) == {"twice_tests": points}
