"""The grader that all hostile submissions are given to."""

from __future__ import annotations

import pytest
from grader_under_attack import Attacked
from part_in_a_container import CHOSEN

from grader.engine.isolation import Isolation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--isolation", default="sandbox", help="container: `tests/engine/test_container.py` asks for it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Outside of the sandbox, those alone whose answer depends on it."""
    if config.getoption("--isolation", "sandbox") != Isolation.SANDBOX:
        chosen = [f"[{family}: {name}]" for family, names in CHOSEN.items() for name in names]
        assert all(any(item.name.endswith(one) for item in items) for one in chosen)
        items[:] = [item for item in items if any(item.name.endswith(one) for one in chosen)]


@pytest.fixture(scope="session")
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """How the submissions are kept apart."""
    return Isolation(request.config.getoption("--isolation", "sandbox"))


@pytest.fixture(scope="session")
def grader(tmp_path_factory: pytest.TempPathFactory, isolation: Isolation) -> Attacked:
    """One for all submissions, as in a batch."""
    return Attacked(tmp_path_factory.mktemp("course"), isolation)


@pytest.fixture
def attacked(grader: Attacked) -> Attacked:
    """It, before one attack."""
    grader.begin()
    return grader
