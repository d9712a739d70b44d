"""Whole submissions that cheat, spy or destroy: each earns what its honest part earns, and harms nobody."""

from __future__ import annotations

import re

import part_in_a_container
import pytest
from destroying import DESTROYING
from forging import FORGING
from grader_under_attack import Attacked, Memory, assert_storable, shown, written_by_student
from handing_in import HANDING_IN
from nbformat import NotebookNode
from on_the_channel import CHANNEL
from showing import SHOWING
from spying import SPYING
from submission import MARK, Hostile, cell, instructors, notebook_of

from grader.engine.isolation import Isolation

FAMILIES = {**FORGING, **CHANNEL, **SPYING, **DESTROYING, **SHOWING, "handing in": HANDING_IN}


def assert_harmless_to_read(made: NotebookNode, attacked: Attacked) -> None:
    """What the tester shows as HTML holds no tag of the submission's; the reports hold no control characters."""
    for test in (c for c in made.cells if c.metadata.get("nbgrader", {}).get("grade")):
        for output in test.outputs:
            page = str(output.get("data", {}).get("text/html", ""))
            assert not re.search(r"<\s*(script|img|svg|iframe)", page, re.IGNORECASE), page
    for report in attacked.reports:
        assert all(line.isprintable() for line in (report.reason, *report.deaths))


@pytest.mark.parametrize(
    "hostile", [pytest.param(h, id=f"{family}: {h.name}") for family, many in FAMILIES.items() for h in many]
)
def test_hostile(attacked: Attacked, isolation: Isolation, hostile: Hostile) -> None:
    made = notebook_of(hostile, str(attacked.root))
    with Memory() as memory:
        scores = attacked.grade(made, hostile.seconds)
    said = shown(made)
    assert scores == hostile.scores, f"{scores}: {said[:2000]}"
    says = hostile.says if isolation is Isolation.SANDBOX else part_in_a_container.SAYS.get(hostile.name, hostile.says)
    assert says in said, said[:2000]
    assert MARK not in written_by_student(made)
    assert_harmless_to_read(made, attacked)
    assert_storable(made)
    attacked.assert_unharmed()
    attacked.assert_light(memory)


def test_a_class_of_numpy_cannot_mask_what_is_wrong(attacked: Attacked) -> None:
    """NumPy's assertions pass over masked elements, and the class takes the second argument for the mask."""
    test = "x = np.arange(1.0, 4.0)\nnp.testing.assert_allclose(add(x, x), x + x)"
    made = instructors()
    made.cells[1:] = [
        cell("add = np.ma.MaskedArray", "add", solution=True),
        cell(test, "twice_tests", grade=True, locked=True, points=3),
        cell(f"{test}\nx", "total_tests", grade=True, locked=True, points=2),
    ]
    assert attacked.grade(made) == (0, 0), shown(made)
