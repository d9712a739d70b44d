"""Fixtures that several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is there: test processes share the cores, and threads would spin

import pytest
from hypothesis import settings
from support.tiny_project import ROOT, TinyProject, make_tiny

from grader.authoring.build import build
from grader.authoring.project import Project

if TYPE_CHECKING:
    from support.fresh_kernel import Executed

    from grader.course_dir import CourseDir

# The same examples everywhere, and no time limits: a busy machine is no failure.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")

_LONG = {"test_every_test_of_the_course_is_proved_and_the_page_says_so", "test_the_demonstration_from_end_to_end"}
_OF_A_LECTURE = {
    "test_a_lecture_or_a_project_runs_and_leaves_no_warning",
    "test_the_lecture_goes_on_without_an_answer_and_the_solutions_are_right",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first: as the last ones they would keep one process busy, and leave the other nothing to do.

    Then the lectures. Both tests of one stand together: else a process could wait idle while another runs the lecture.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, str]:
    function, _, name = item.name.partition("[")
    if "upstream" in item.path.parts or function in _LONG:
        return 0, ""
    return (1, name) if function in _OF_A_LECTURE else (2, "")


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """A built notebook after its run in a fresh kernel; it runs once, however many tests and processes ask."""
    from support.fresh_kernel import executed_once  # here, since nbclient is slow to import

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the worker processes share
    return lambda path: executed_once(path, folder)


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


@pytest.fixture(scope="session")
def released_once(tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """The course of `grading_course`, released, without submissions; tests work on copies."""
    from support.grading_course import NAME, make_course  # here, since nbgrader is slow to import

    from grader.exchange.release import release

    course = make_course(tmp_path_factory.mktemp("released") / "course")
    release(course, NAME)
    return course


@pytest.fixture
def released(released_once: CourseDir, tmp_path: Path) -> CourseDir:
    """A copy of it for one test."""
    from support.batch_course import copy_of

    return copy_of(released_once, tmp_path / "released")


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that only this test uses."""
    from support.postgresql import programs, server  # here, since SQLAlchemy is slow to import

    place = programs()
    if place is None:
        pytest.skip("there is no PostgreSQL server on this machine: apt install postgresql")
    with server(place) as address:
        yield address
