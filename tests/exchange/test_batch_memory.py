"""A grader keeps but a line of each recorded submission, for its report: memory does not grow with the class."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from support.batch_course import earning
from support.dask_cluster import cluster_of
from support.grading_course import NAME, hand_in
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade, journal
from grader.exchange.batch.grade_report import Standing

FEW, MANY = 8, 32
CHARACTERS = 200_000
"""Of each submission: much more than what may be kept of it."""
KEPT = CHARACTERS // 20


def kept_of_each(course: CourseDir, *, jobs: int | None = None, scheduler: str | None = None) -> float:
    """Bytes that this process holds more for each further submission that is recorded."""
    for number in range(MANY):
        hand_in(course, f"s{number:02}", earning(course, 1, 1, why="why " * (CHARACTERS // 4)))
    held: dict[int, int] = {}

    def watch(standing: Standing) -> None:
        if standing.done in (FEW, MANY):
            gc.collect()
            held[standing.done] = tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        report = grade(course, NAME, jobs=jobs, scheduler=scheduler, execute=marked, watch=watch)
    finally:
        tracemalloc.stop()
    assert len(report.of("graded")) == MANY
    return (held[MANY] - held[FEW]) / (MANY - FEW)


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_of_a_submission_is_kept(jobs: int, released: CourseDir) -> None:
    assert kept_of_each(released, jobs=jobs) < KEPT


def test_nothing_of_a_submission_is_kept_beside_a_cluster(released: CourseDir, tmp_path: Path) -> None:
    with cluster_of(1, tmp_path / "cluster") as cluster:
        assert kept_of_each(released, scheduler=cluster.address) < KEPT


def test_what_a_class_was_graded_against_is_kept_once(released: CourseDir) -> None:
    for number in range(3):
        hand_in(released, f"s{number}", earning(released, number, 1))
    grade(released, NAME, jobs=1, execute=marked)
    engine = create_engine(released.gradebook_url)
    with engine.connect() as connection:
        found = journal.entries(connection, NAME)
    engine.dispose()
    assert len(found) == 3
    assert len({id(entry.reference) for entry in found.values()}) == 1
