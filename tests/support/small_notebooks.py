"""Small notebooks for tests of the engine, run without the sandbox: one engine for all tests of a process."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine.engine import Engine, shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.notebook_run import CellReport

# Without pytest, whose import takes longer than such a notebook: the few tests that use it import it themselves.
SHARED = "import numpy as np\nimport torch\nfrom torch import nn\nfrom course_lib import check"


def engine() -> Engine:
    return shared_engine(Isolation.NONE)


def cell(source: str, name: str = "", *, tags: tuple[str, ...] = (), **flags: Any) -> NotebookNode:
    part = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, "grade_id": name}
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if flags.pop("in_kernel", False):
        metadata["in_kernel"] = True
    return new_code_cell(source, metadata={**metadata, "nbgrader": {**part, **flags}} if name else metadata)


def shared(source: str = SHARED, name: str = "shared") -> NotebookNode:
    return cell(source, name, tags=("shared",), locked=True)


def answer(source: str, name: str = "answer") -> NotebookNode:
    return cell(source, name, solution=True)


def graded(source: str, name: str = "answer_tests", points: float = 1, **flags: Any) -> NotebookNode:
    return cell(source, name, grade=True, locked=True, points=points, **flags)


def notebook(*cells: NotebookNode) -> NotebookNode:
    return new_notebook(cells=list(cells))


def run(made: NotebookNode, *, seconds: float = 20, **limits: Any) -> list[CellReport]:
    return engine().run(made, made, Limits(cell_seconds=seconds, **limits))


def errors_of_each(student: str, tests: Mapping[str, str]) -> dict[str, str]:
    """The error of each test of an answer by its name ('' if there is none), all from one run."""
    cells = [graded(source, f"t{n}") for n, source in enumerate(tests.values())]
    made = notebook(shared(), answer(student), *cells)
    run(made)
    assert not error(made.cells[1])
    return dict(zip(tests, map(error, made.cells[2:]), strict=True))


def run_as(author: NotebookNode, answers: dict[str, str], **limits: Any) -> NotebookNode:
    """A submission of the author's notebook in which these cells, by name, hold other code: after its run."""
    submission = copy.deepcopy(author)
    for made in submission.cells:
        made.source = answers.get(made.metadata.get("nbgrader", {}).get("grade_id", ""), made.source)
    engine().run(submission, author, Limits(cell_seconds=20, **limits))
    return submission


def run_test(student: str, test: str, **options: Any) -> NotebookNode:
    """The test cell after a run of one answer and one test."""
    made = notebook(shared(), answer(student), graded(test))
    run(made, **options)
    return made.cells[-1]


def passes(student: str, test: str, **options: Any) -> None:
    """Assert that the test cell ends without an error."""
    done = run_test(student, test, **options)
    assert not error(done), error(done)


def fails(student: str, test: str, **options: Any) -> str:
    """The error that ends the test cell, which there must be."""
    said = error(run_test(student, test, **options))
    assert said, "the test passed"
    return said


def error(done: NotebookNode) -> str:
    return "\n".join(f"{o.ename}: {o.evalue}" for o in done.outputs if o.output_type == "error")


def text(done: NotebookNode, stream: str = "stdout") -> str:
    return "".join(o.text for o in done.outputs if o.output_type == "stream" and o.name == stream)


def result(done: NotebookNode) -> str | None:
    return next((o.data["text/plain"] for o in done.outputs if o.output_type == "execute_result"), None)


def shown(done: NotebookNode) -> str:
    """All that a reader of the cell's outputs sees, as text."""
    parts = [str(o.get("text", "")) + "".join(map(str, o.get("data", {}).values())) for o in done.outputs]
    return html.unescape(re.sub(r"<[^>]*>", "", "\n".join(parts)))
