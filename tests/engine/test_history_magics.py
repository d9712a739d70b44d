"""A test cell that asks for earlier input asks for the student's: the tester has none, and says so."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

from grader.engine.tester.no_history import HISTORY_MAGICS


@pytest.mark.parametrize("magic", HISTORY_MAGICS)
def test_it_is_an_error_and_no_pass(magic):
    said = fails("x = 5", f"%{magic} 1")
    assert f"%{magic} reads earlier cells" in said
    assert "mark the cell `in_kernel`" in said


def test_other_magics_work():
    passes("x = 5", "%matplotlib inline\n%time assert x == 5")
