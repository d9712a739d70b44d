"""A pytest plugin for nbgrader's own tests: our engine runs every notebook that nbgrader would run in a kernel.

`nbgrader autograde` is told by its configuration file. `nbgrader validate` and the tests of AUTOTEST cells cannot be
configured: they are changed here. How many notebooks each engine ran is written into the report, and what ours said.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import nbgrader.api
import pytest
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from nbgrader.validator import Validator

from grader.engine.notes import notes_of
from grader.engine.preprocessor import ExecuteIsolated
from grader.engine.stderr import HarmlessStderr

ISOLATED = "notebooks run by our engine"
STOCK = "notebooks run by nbgrader's own"
SAID = "what our engine said"

# nbgrader asks another program (2 s) for this constant each time that it makes an empty gradebook.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)


class IsolatedClient:
    """Stands for nbclient's `NotebookClient(nb).execute()`."""

    def __init__(self, nb: NotebookNode) -> None:
        self._notebook = deepcopy(nb)

    def execute(self) -> NotebookNode:
        """Run it and return it, its test cells judged as nbgrader would see them."""
        return HarmlessStderr().preprocess(*ExecuteIsolated().preprocess(self._notebook, {}))[0]


@pytest.fixture(autouse=True)
def our_engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> Any:
    """Put our engine in place for one test, and count what ran."""
    steps = [
        part
        for step in Validator.class_traits()["preprocessors"].default()
        for part in ([ExecuteIsolated, HarmlessStderr] if step is Execute else [step])
    ]
    monkeypatch.setattr(Validator.class_traits()["preprocessors"], "default_args", (steps,))
    if hasattr(request.module, "NotebookClient"):
        monkeypatch.setattr(request.module, "NotebookClient", IsolatedClient)
    ours, stock = _watched(monkeypatch, ExecuteIsolated), _watched(monkeypatch, Execute)
    yield
    record_property(ISOLATED, len(ours))
    record_property(STOCK, len(stock))
    record_property(SAID, "; ".join(note for notebook in ours for note in notes_of(notebook)))


def _watched(monkeypatch: pytest.MonkeyPatch, step: type) -> list[NotebookNode]:
    """A list to which each notebook is added that `step` has run."""
    done: list[NotebookNode] = []
    run = step.preprocess

    def watched(self: Any, nb: NotebookNode, resources: Any, *more: Any, **named: Any) -> Any:
        done.append(nb)
        return run(self, nb, resources, *more, **named)

    monkeypatch.setattr(step, "preprocess", watched)
    return done
