"""Run functions in forked copies of this process: what one does to its memory, no other sees."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext, ForkProcess
from pathlib import Path
from typing import Any, TypeVar

from course_lib.errors import CourseError
from grader import lean_imports

SECONDS = 120.0
"""What one trial may take, unless something else is known of it."""
WAITING = 5.0
"""How many times its seconds of computing a block may take by the clock."""
FRESH: BaseContext = multiprocessing.get_context("spawn")
"""How a new interpreter is started; tests start many, and have one prepared."""
T = TypeVar("T")


def in_fresh_process(function: Callable[..., T], *args: Any) -> T:
    """Call `function` in a new interpreter that computes with one thread and draws without a screen.

    A process that has run a two-thread operation hangs in its forks; a fresh one with one thread does not.

    Raises:
        CourseError: this system cannot fork.
    """
    if not hasattr(os, "fork"):
        raise CourseError("this needs a system that can fork processes: Linux, macOS, or WSL on Windows.")
    with ProcessPoolExecutor(max_workers=1, mp_context=FRESH, initializer=_prepare) as pool:
        return pool.submit(function, *args).result()


def _prepare() -> None:
    lean_imports.prepare()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["MPLBACKEND"] = "Agg"


class Lost:
    """In place of a result: the fork died or was killed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def run(tasks: Sequence[Callable[[], T]], *, jobs: int, timeout: float) -> list[T | Lost]:
    """Run each task in its own fork of this process, `jobs` at a time.

    Args:
        tasks: functions without arguments; their results must be picklable.
        timeout: seconds after which a fork is killed.

    Returns:
        The results in the order of the tasks; `Lost` where a fork died.
    """
    results: list[T | Lost] = [Lost("never started")] * len(tasks)
    waiting = list(enumerate(tasks))
    running: dict[Connection, tuple[int, ForkProcess, float]] = {}
    context = multiprocessing.get_context("fork")
    while waiting or running:
        while waiting and len(running) < jobs:
            index, task = waiting.pop(0)
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_send, args=(theirs, task))
            process.start()
            theirs.close()
            running[ours] = (index, process, time.monotonic() + timeout)
        for ready in wait(list(running), timeout=0.2):
            assert isinstance(ready, Connection)
            index, process, _ = running.pop(ready)
            try:
                results[index] = ready.recv()
            except EOFError:
                results[index] = Lost("the process died")
            process.join()
        for connection, (index, process, deadline) in list(running.items()):
            if time.monotonic() > deadline:
                process.kill()
                process.join()
                results[index] = Lost(f"killed after {timeout:g} s")
                del running[connection]
    return results


def _send(connection: Connection, task: Callable[[], Any]) -> None:
    connection.send(task())
    connection.close()


def apart(task: Callable[[], T]) -> Callable[[], T]:
    """The task in a copy of the working folder: an answer may write files, and others run beside it."""

    def alone() -> T:
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(shutil.copytree(here, Path(folder, "copy"))):
            return task()

    return alone


class OutOfTime(KeyboardInterrupt):
    """Raised inside code that runs longer than it may; a KeyboardInterrupt, so that `except Exception` lets it pass."""


class time_limit:
    """Interrupt the block after some seconds of computing. Only in the main thread of a fork.

    Seconds of computing, since on a busy machine the same block takes several times as long. What waits instead is
    interrupted after `WAITING` times the seconds by the clock.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        """Arm both alarms."""
        signal.signal(signal.SIGPROF, self._ring)
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        signal.setitimer(signal.ITIMER_REAL, WAITING * self.seconds)

    def __exit__(self, *exc: object) -> None:
        """Disarm them."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_: object) -> None:
        raise OutOfTime(f"longer than {self.seconds:g} s")
