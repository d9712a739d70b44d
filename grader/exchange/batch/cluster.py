"""The submissions of a batch on the workers of a dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from course_lib.errors import CourseError
from grader.engine.job import Execute, Job
from grader.exchange.batch.local import KILLED
from grader.exchange.batch.worker import Task, Verdict, work

ANSWER_SECONDS = 10


def on_cluster(tasks: Iterator[Task], job: Job, execute: Execute, scheduler: str) -> Iterator[Verdict]:
    """The verdicts in the order in which they are found.

    Raises:
        CourseError: nobody answers at the address, the cluster goes away, or the engine cannot work at all.
    """
    import dask
    from dask.distributed import Client

    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.comm.timeouts.connect": f"{ANSWER_SECONDS}s",
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    with dask.config.set(settings):
        try:
            client = Client(scheduler, timeout=ANSWER_SECONDS)
        except (OSError, ValueError) as error:
            raise CourseError(f"no dask scheduler answers at {scheduler}: {error}.") from error
        with client:
            if not client.scheduler_info()["workers"]:
                raise CourseError(f"the dask scheduler at {scheduler} has no workers: start some with `dask worker`.")
            yield from _graded(client, tasks, job, execute)


def _graded(client: Any, tasks: Iterator[Task], job: Job, execute: Execute) -> Iterator[Verdict]:
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
        for task in killed:  # by itself, since it may have been the victim of its neighbor
            try:
                yield submit(task).result()
            except KilledWorker:
                yield Verdict(task.number, failure="crashed", reason=KILLED)
    except FutureCancelledError as error:
        raise CourseError("the dask scheduler has gone; run the same command again to grade the rest.") from error
