"""What a dask worker does with a submission. Light, as the scheduler imports it too, and answers nobody meanwhile."""

from __future__ import annotations

import pickle
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from grader import lean_imports

if TYPE_CHECKING:
    from grader.engine.job import Executor, Job
    from grader.exchange.batch.worker import Verdict

_one_at_a_time = threading.Lock()  # the engine serves one thread, and dask gives a worker as many as there are cores


def work_packed(task: bytes, batch: bytes) -> Verdict:
    """Grade a pickled Task; `batch` is a pickled pair of Job and Execute."""
    with _one_at_a_time:
        lean_imports.prepare()
        from grader.exchange.batch.worker import work

        job, execute = _begun(batch)
        return work(pickle.loads(task), job, execute)


@lru_cache(maxsize=1)
def _begun(batch: bytes) -> tuple[Job, Executor]:
    """A batch, unpacked; at its first submission the engine is started with what the assignment needs."""
    from grader.engine.run_isolated import prepare

    job, execute = pickle.loads(batch)
    prepare(execute, job)
    return job, execute
