"""The grader that all hostile submissions are given to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from grader_under_attack import Attacked


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """A grader; one for all submissions, as in a batch."""
    made = Attacked(tmp_path_factory.mktemp("course"))
    yield made
    made.close()
