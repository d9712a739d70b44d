"""Module 04 gives models that its tests call: what a submission earns that binds them anew and lies."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from support.small_notebooks import engine

from grader.engine.limits import Limits

ROOT = Path(__file__).parents[2]
NAME = "04_training"

RIGHT_NUMBERS_OF_A_NET_OF_ITS_OWN = """
class Net:
    training = True
    def __init__(self, w): self.w = w
    def eval(self): self.training = False
    def train(self, mode=True): self.training = mode

def little_net(w, ask, rate):
    return Net(w), None

def evaluate(model, x, y, size):
    logits = nn.BatchNorm1d(x.shape[1], dtype=x.dtype).eval()(x) @ model.w.T
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).double().mean().item()
"""
NOTHING_LEARNED = """
class Net:
    def __init__(self, w, ask):
        self.linear, self.ask = self, ask
        self.weight = w

def little_net(w, ask, rate):
    return Net(w, ask), None

def train_epoch(model, optimizer, batches):
    for x, y in batches:
        model.ask("normalize", x, True)
    return 1.0
"""
NO_WEIGHTS_KEPT = """
class Model:
    best = 0
    @property
    def weight(self): return torch.full((2, 3), float(self.best))
    @property
    def bias(self): return torch.full((2,), float(self.best))

def drawn_model(draw):
    return Model(), draw

def train_with_patience(model, train_one, validate, most, patience):
    best, lowest = 0, float("inf")
    for epoch in range(1, most + 1):
        train_one()
        loss = validate()
        if loss < lowest:
            best, lowest = epoch, loss
        if epoch - best >= patience:
            break
    model.best = best
    return best, epoch
"""


@pytest.mark.parametrize(
    ("exercise", "lie", "earned"),
    [
        pytest.param("evaluate", RIGHT_NUMBERS_OF_A_NET_OF_ITS_OWN, {"eleven", "other sizes"}, id="evaluate"),
        pytest.param("train_epoch", NOTHING_LEARNED, set(), id="train_epoch"),
        pytest.param("train_with_patience", NO_WEIGHTS_KEPT, {"the example"}, id="train_with_patience"),
    ],
)
def test_a_model_that_lies_earns_what_is_right_without_it(exercise: str, lie: str, earned: set[str]) -> None:
    """The mode of a net, how it was trained and which weights were kept are for the test to see, not for it to hear."""
    source = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    made = nbformat.from_dict({**source, "cells": [cell for cell in source.cells if _is_needed(cell, exercise)]})
    for cell in made.cells:
        if cell.metadata.nbgrader.grade_id == exercise:
            cell.source = lie
    engine().run(made, source, Limits())
    (test,) = (cell for cell in made.cells if cell.metadata.nbgrader.grade)
    lines = [line for output in test.outputs for line in output.get("data", {}).get("text/plain", "").split("\n")]
    passed = [line.removeprefix("✓ passed").strip() for line in lines if line.startswith("✓ passed")]
    assert len(passed) == len(earned)
    assert all(any(name.startswith(start) for name in passed) for start in earned)
    assert determine_grade(test)[0] < determine_grade(test)[1]


def _is_needed(cell: NotebookNode, exercise: str) -> bool:
    """What defines names, the answer and its test; not the cells that train or draw."""
    part = cell.metadata.get("nbgrader", {})
    if cell.cell_type != "code" or part.get("grade") or part.get("solution"):
        return part.get("grade_id") in (exercise, f"{exercise}_tests")
    tags = cell.metadata.get("tags", [])
    return "STOPPED" not in cell.source and any(tag in tags for tag in ("shared", "tests_only", "for_tests"))
