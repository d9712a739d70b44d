"""Where the submissions of a batch are worked on: in this process, on the cores of this machine, or on a cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from course_lib.errors import CourseError
from grader.engine.execution import Execute, Job
from grader.engine.private_folder import private_folder
from grader.exchange.batch.worker import Task, Verdict, work

ANSWER_SECONDS = 10
KILLED = "the worker that graded it was killed, twice"


def verdicts(
    tasks: Iterator[Task], count: int, job: Job, execute: Execute, *, jobs: int | None, scheduler: str | None
) -> Iterator[Verdict]:
    """The verdicts in the order in which they are found.

    Args:
        count: how many tasks there are.
        jobs: worker processes; as many as there are cores by default. One works in this process.
        scheduler: address of a dask scheduler whose workers are taken instead.

    Raises:
        CourseError: nobody answers at the address, or the engine cannot work at all.
    """
    workers = min(jobs or cores(), count)
    if scheduler is None and workers <= 1:
        yield from (work(task, job, execute) for task in tasks)
        return
    with _client(workers, scheduler) as client:
        yield from _on_cluster(client, tasks, job, execute)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    import dask
    from dask.distributed import Client, LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.comm.timeouts.connect": f"{ANSWER_SECONDS}s",
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    # What a killed worker leaves goes with the folder, and the folder, if the grader is killed, at the next start.
    with private_folder() as scratch, dask.config.set(settings | {"temporary-directory": str(scratch)}):
        if scheduler is not None:
            try:
                client = Client(scheduler, timeout=ANSWER_SECONDS)
            except (OSError, ValueError) as error:
                raise CourseError(f"no dask scheduler answers at {scheduler}: {error}.") from error
            with client:
                if not client.scheduler_info()["workers"]:
                    raise CourseError(
                        f"the dask scheduler at {scheduler} has no workers: start some with `dask worker`."
                    )
                yield client
            return
        # The engine watches the memory of submissions; dask must not kill a worker for it.
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError) as error:
            raise CourseError(
                f"the worker processes could not be started: {error}. Run the same command again, with --jobs 1 to do "
                "without them."
            ) from error
        with cluster, Client(cluster) as client:
            yield client


def _on_cluster(client: Any, tasks: Iterator[Task], job: Job, execute: Execute) -> Iterator[Verdict]:
    from dask.distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError

    running: dict[str, Task] = {}
    killed: list[Task] = []

    def submit(task: Task) -> Any:
        # The job travels with each task: what is kept at workers is lost with them.
        future = client.submit(work, task, job, execute, pure=False)
        running[future.key] = task
        return future

    workers = max(1, len(client.scheduler_info()["workers"]))
    try:
        futures = as_completed([submit(task) for task in islice(tasks, workers)])
        for future in futures:
            task = running.pop(future.key)
            try:
                yield future.result()
            except KilledWorker:
                killed.append(task)
            for waiting in islice(tasks, 1):
                futures.add(submit(waiting))
        for task in killed:  # by itself, since it may have been the victim of its neighbour
            try:
                yield submit(task).result()
            except KilledWorker:
                yield Verdict(task.number, failure="crashed", reason=KILLED)
    except FutureCancelledError as error:
        raise CourseError("the dask scheduler has gone; run the same command again to grade the rest.") from error
