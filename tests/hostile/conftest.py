"""The grader that all hostile submissions are given to."""

from __future__ import annotations

import pytest
from grader_under_attack import Attacked


@pytest.fixture(scope="session")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    """One for all submissions, as in a batch."""
    return Attacked(tmp_path_factory.mktemp("course"))


@pytest.fixture
def attacked(grader: Attacked) -> Attacked:
    """It, before one attack."""
    grader.begin()
    return grader
