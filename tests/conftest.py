"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from tiny_project import ROOT, TinyProject, make_tiny

from grader.authoring.build import build
from grader.authoring.project import Project

# The same examples everywhere, and no time limits: a busy machine is no failure.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture(scope="session")
def course() -> Project:
    """The checkout that the tests stand in."""
    return Project(ROOT)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyProject:
    """A fresh tiny project."""
    return make_tiny(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    """A tiny project that is built; tests only read it."""
    project = make_tiny(tmp_path_factory.mktemp("tiny"))
    build(project).write()
    return project
