"""The submissions of a batch on the workers of a dask cluster, which may come and go."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import CancelledError
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from course_lib.errors import CourseError
from grader.engine.job import Executor, Job
from grader.exchange.batch.cluster_work import work_packed
from grader.exchange.batch.local import KILLED
from grader.exchange.batch.worker import Task, Verdict

ANSWER_SECONDS = 10
QUIET_SECONDS = 30
"""After so long without a verdict it is asked whether there is a worker at all."""
_EACH = 2
"""Submissions that a worker has at a time: the next lies there when it has finished one."""

_GONE = "the dask scheduler has gone; run the same command again to grade the rest."
_NOBODY = "the dask cluster has no workers anymore: start some, and run the same command again to grade the rest."


def on_cluster(tasks: Iterator[Task], job: Job, execute: Executor, scheduler: str) -> Iterator[Verdict]:
    """The verdicts in the order in which they are found.

    Raises:
        CourseError: nobody answers at the address, the cluster goes away, or the engine cannot work at all.
    """
    import dask
    from dask.distributed import Client

    settings = {
        "distributed.comm.timeouts.connect": f"{ANSWER_SECONDS}s",
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.admin.low-level-log-length": 10,  # by default the last 1,000 messages stay, submissions and all
    }
    with dask.config.set(settings):
        try:
            client = Client(scheduler, timeout=ANSWER_SECONDS)
        except (OSError, ValueError) as error:
            raise CourseError(f"no dask scheduler answers at {scheduler}: {error}.") from error
        with client:
            if not client.nthreads():
                raise CourseError(f"the dask scheduler at {scheduler} has no workers: start some with `dask worker`.")
            yield from _graded(client, tasks, job, execute)


def _graded(client: Any, tasks: Iterator[Task], job: Job, execute: Executor) -> Iterator[Verdict]:
    from dask.distributed import KilledWorker

    crew = _Crew(client, job, execute)
    killed: list[Task] = []
    crew.give(tasks)
    while crew.running:
        future, task = crew.next_done()
        crew.give(tasks)  # before its verdict is recorded: nobody waits for the disk
        try:
            yield crew.verdict(future)
        except KilledWorker:
            killed.append(task)
    for task in killed:  # by itself, since it may have been the victim of its neighbor
        crew.give(iter([task]))
        try:
            yield crew.verdict(crew.next_done()[0])
        except KilledWorker:
            yield Verdict(task.number, failure="crashed", reason=KILLED)


class _Crew:
    """The workers of a cluster, and what they are at; `running` has it by the key of its future."""

    def __init__(self, client: Any, job: Job, execute: Executor) -> None:
        self.running: dict[str, tuple[Any, Task]] = {}
        self._client = client
        self._batch = pickle.dumps((job, execute))  # bytes, or the scheduler would import nbgrader to look into them
        self._done: SimpleQueue[Any] = SimpleQueue()

    def give(self, tasks: Iterator[Task]) -> None:
        """Submit as many tasks as those workers can hold that are there now."""
        try:
            workers = len(self._client.nthreads())
        except (OSError, CancelledError) as error:
            raise CourseError(_GONE) from error
        room = _EACH * max(1, workers) - len(self.running)  # one is being started anew where there is none
        for task in islice(tasks, max(0, room)):
            # The batch travels with each task, a tenth of a megabyte: what is kept at workers is lost with them, and
            # the scheduler gives tasks to those that have it.
            future = self._client.submit(work_packed, pickle.dumps(task), self._batch, pure=False)
            self.running[future.key] = future, task
            future.add_done_callback(self._done.put)

    def next_done(self) -> tuple[Any, Task]:
        """Wait until a submission has been worked on, or was given up by the scheduler."""
        while True:
            try:
                done = self._done.get(timeout=QUIET_SECONDS)
            except Empty:
                self._require_a_worker()
                continue
            if done.cancelled():  # the client does that when its connection breaks
                raise CourseError(_GONE)
            return self.running.pop(done.key)

    def verdict(self, future: Any) -> Verdict:
        """What was found; raises what the worker raised, and KilledWorker where it died too often."""
        from distributed.comm.core import CommClosedError

        while True:
            try:
                verdict: Verdict = future.result(timeout=QUIET_SECONDS)
            except TimeoutError:  # lost with its worker before it was fetched, so that another has to work
                self._require_a_worker()
            except (CommClosedError, CancelledError) as error:
                raise CourseError(_GONE) from error
            else:
                return verdict

    def _require_a_worker(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        except TimeoutError as error:
            raise CourseError(_NOBODY) from error
        except (OSError, CancelledError) as error:
            raise CourseError(_GONE) from error
