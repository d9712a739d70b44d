"""A class that is graded in spite of everything, and the same class graded in peace."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.batch_course import copy_of
from support.faulty_class import class_for_the_engine, class_for_the_stub, costly, left_behind
from support.grading_course import NAME
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.engine.job import Executor
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import grade


@pytest.fixture(autouse=True)
def late_hours_cost_points(monkeypatch: pytest.MonkeyPatch) -> None:
    costly(monkeypatch)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process and no temporary file is left behind by a test."""
    place = str(tmp_path_factory.mktemp("temporary"))
    monkeypatch.setenv("TMPDIR", place)
    monkeypatch.setattr(tempfile, "tempdir", place)
    with left_behind() as left:
        yield
    assert left == set()


@pytest.fixture(scope="session")
def class_once(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A class that is not graded yet."""
    return class_for_the_stub(copy_of(released_once, tmp_path_factory.mktemp("faults") / "course"))


@pytest.fixture(scope="session")
def undisturbed(class_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """The same class, graded in one go."""
    return graded_in_peace(class_once, tmp_path_factory.mktemp("undisturbed"), marked)


@pytest.fixture
def course(class_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(class_once, tmp_path / "course")


@pytest.fixture(scope="session")
def real_class(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A few submissions for the engine itself."""
    return class_for_the_engine(copy_of(released_once, tmp_path_factory.mktemp("real") / "course"))


@pytest.fixture(scope="session")
def really_undisturbed(real_class: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """They, graded in one go."""
    return graded_in_peace(real_class, tmp_path_factory.mktemp("really"), in_sandbox)


@pytest.fixture
def real_course(real_class: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(real_class, tmp_path / "course")


def graded_in_peace(ungraded: CourseDir, folder: Path, execute: Executor) -> CourseDir:
    """A copy of a class in `folder`, graded in one go."""
    course = copy_of(ungraded, folder / "course")
    with pytest.MonkeyPatch.context() as patch:  # the fixture that does it for a test is not there for a session's
        costly(patch)
        grade(course, NAME, jobs=1, execute=execute)
    return course
