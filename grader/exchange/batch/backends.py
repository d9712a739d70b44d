"""Where the submissions of a batch are worked on: in this process, on the cores of this machine, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator

from grader.engine.job import Executor, Job
from grader.exchange.batch.local import on_this_machine
from grader.exchange.batch.worker import Task, Verdict, work


def verdicts(
    tasks: Iterator[Task], count: int, job: Job, execute: Executor, *, jobs: int | None, scheduler: str | None
) -> Iterator[Verdict]:
    """The verdicts in the order in which they are found.

    Args:
        count: how many tasks there are.
        jobs: worker processes; as many as there are cores by default. One works in this process.
        scheduler: address of a dask scheduler whose workers are taken instead.

    Raises:
        CourseError: nobody answers at the address, or the engine cannot work at all.
    """
    if scheduler is not None:
        from grader.exchange.batch.cluster import on_cluster

        return on_cluster(tasks, job, execute, scheduler)
    workers = min(jobs or cores(), count)
    if workers > 1:
        return on_this_machine(tasks, job, execute, workers)
    return (work(task, job, execute) for task in tasks)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
