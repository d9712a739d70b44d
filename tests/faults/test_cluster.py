"""Workers and the scheduler of a dask cluster are killed in the middle of a batch, and workers come late."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.batch_course import contents
from support.dask_cluster import Cluster, cluster_of
from support.faulty_class import SIZE, differences
from support.grading_course import NAME
from support.stub_engine import gated
from support.waiting import until

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.batch.grade_report import GradeReport, Standing

MIDDLE = 5
"""Submissions that are done before something happens."""


def graded_on(cluster: Cluster, course: CourseDir) -> GradeReport:
    """Grade the class there; a submission in the middle is held until somebody opens the gate."""

    def watch(standing: Standing) -> None:
        if standing.done >= MIDDLE:
            (cluster.folder / "armed").touch()

    return grade(course, NAME, scheduler=cluster.address, execute=gated, watch=watch)


@contextmanager
def meanwhile(cluster: Cluster, happens: Callable[[int], None]) -> Iterator[None]:
    """While the body grades and a submission is held: what `happens` to its process. Then the gate opens."""

    def act() -> None:
        held = cluster.folder / "held"
        try:
            assert until(held.is_symlink)
            happens(int(os.readlink(held)))
        finally:
            (cluster.folder / "open").touch()

    with ThreadPoolExecutor(1) as pool:
        acting: Future[None] = pool.submit(act)
        yield
        acting.result()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_worker_is_killed_at_a_submission(course: CourseDir, undisturbed: CourseDir, tmp_path: Path) -> None:
    """What it held is given to the other one; nobody has to run the command again."""
    with cluster_of(2, tmp_path / "cluster") as cluster:
        with meanwhile(cluster, kill):
            report = graded_on(cluster, course)
        assert sorted(worker.poll() is None for worker in cluster.workers) == [False, True]
    assert len(report.results) == SIZE
    assert differences(course, undisturbed) == []


def test_the_only_worker_is_killed_and_another_comes(course: CourseDir, undisturbed: CourseDir, tmp_path: Path) -> None:
    with cluster_of(1, tmp_path / "cluster") as cluster:

        def replace(pid: int) -> None:
            kill(pid)
            cluster.workers[0].wait()
            cluster.add_worker()

        with meanwhile(cluster, replace):
            report = graded_on(cluster, course)
        processes = {int(path.name) for path in (cluster.folder / "processes").iterdir()}
        assert processes == {worker.pid for worker in cluster.workers}
    assert len(report.results) == SIZE
    assert differences(course, undisturbed) == []


def test_a_worker_that_comes_late_is_given_submissions(
    course: CourseDir, undisturbed: CourseDir, tmp_path: Path
) -> None:
    """From then on, no submission ends before both workers have begun one."""
    with cluster_of(1, tmp_path / "cluster") as cluster:

        def join(_: int) -> None:
            cluster.add_worker()
            (cluster.folder / "company").touch()

        with meanwhile(cluster, join):
            graded_on(cluster, course)
        processes = {int(path.name) for path in (cluster.folder / "processes").iterdir()}
        assert processes == {worker.pid for worker in cluster.workers}
    assert differences(course, undisturbed) == []


def test_all_workers_are_lost_and_the_same_command_completes_the_batch(
    course: CourseDir, undisturbed: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.exchange.batch.cluster.QUIET_SECONDS", 0.5)
    with cluster_of(1, tmp_path / "cluster") as cluster:
        with meanwhile(cluster, kill), pytest.raises(CourseError, match="has no workers anymore"):
            graded_on(cluster, course)
        assert len(contents(course)["journal"]) < len(contents(undisturbed)["journal"])
        cluster.add_worker()
        graded_on(cluster, course)
    assert differences(course, undisturbed) == []


def test_the_scheduler_is_killed_and_the_same_command_completes_the_batch(
    course: CourseDir, undisturbed: CourseDir, tmp_path: Path
) -> None:
    with cluster_of(2, tmp_path / "first") as cluster:

        def end_scheduler(_: int) -> None:
            cluster.scheduler.kill()
            cluster.scheduler.wait()

        with meanwhile(cluster, end_scheduler), pytest.raises(CourseError, match="the dask scheduler has gone"):
            graded_on(cluster, course)
    assert len(contents(course)["journal"]) < len(contents(undisturbed)["journal"])
    with cluster_of(1, tmp_path / "second") as cluster:
        (cluster.folder / "open").touch()
        graded_on(cluster, course)
    assert differences(course, undisturbed) == []
