"""Fixtures that several test files share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is there: test processes share the cores, and threads would spin

import pytest
from hypothesis import settings
from support.tiny_project import ROOT, TinyProject, make_tiny

from grader import lean_imports
from grader.authoring import forks
from grader.authoring.project import Project

if TYPE_CHECKING:
    from support.fresh_kernel import Executed

    from grader.course_dir import CourseDir

lean_imports.prepare()

# The same examples everywhere, and no time limits: a busy machine is no failure.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")

_LONG = (
    "test_nbgraders_own_tests_pass_with_our_engine",
    "test_every_test_of_the_course_is_proved_and_the_page_says_so",
    "test_the_demonstration_from_end_to_end",
    "test_the_attacks_as_an_ordinary_user",
    "test_the_committed_notebooks_are_up_to_date",
    "test_the_exercise_of_the_page_can_be_added",
)
_OF_A_LECTURE = (
    "test_a_lecture_or_a_project_runs_and_leaves_no_warning",
    "test_the_lecture_goes_on_without_an_answer_and_the_solutions_are_right",
)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """The longest tests first: as the last ones they would keep one process busy, and leave the others nothing to do.

    Then the lectures, the last of the course first, since they train most. Both tests of one stand together: else a
    process could wait idle while another runs the lecture. Each process begins with a part of all tests, one after the
    other as they stand here, so each part begins with its share of the long ones.
    """
    lectures = sorted({_argument(item) for item in items if item.originalname in _OF_A_LECTURE}, reverse=True)

    def place(item: pytest.Function) -> tuple[int, int]:
        if item.originalname in _LONG:
            return 0, _LONG.index(item.originalname)
        return (1, lectures.index(_argument(item))) if item.originalname in _OF_A_LECTURE else (2, 0)

    *long, short = [list(group) for _, group in groupby(sorted(items, key=place), key=place)] or [[]]
    if short and place(short[0]) < (2, 0):  # only long ones were asked for
        long, short = [*long, short], []
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    parts: list[list[pytest.Function]] = [[] for _ in range(processes)]
    for number, group in enumerate(long):
        parts[number % processes] += group
    for number, part in enumerate(parts):
        share = (len(items) - sum(map(len, parts[:number]))) // (processes - number) - len(part)
        part += short[: max(0, share)]
        del short[: max(0, share)]
    items[:] = [item for part in [*parts, short] for item in part]


def _argument(item: pytest.Function) -> str:
    return item.name.partition("[")[2]


@pytest.fixture(scope="session", autouse=True)
def fresh_processes() -> None:
    """Those that builds and proofs ask for are forked from one that has imported torch, and done nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch"])
    forks.FRESH = context


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
    from grader.authoring.build import build  # here, since nbgrader is slow to import

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
