"""Workers on this machine: forked from the grader, which has imported everything; they share its engine.

A worker that dies costs the submission that it was at, and that one only if it happens again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from course_lib.errors import CourseError
from grader.engine.job import Executor, Job
from grader.engine.run_isolated import prepare
from grader.exchange.batch.worker import Task, Verdict, work

KILLED = "the worker that graded it was killed, twice"
_FORKS = sys.platform == "linux"
_CONTEXT: Any = multiprocessing.get_context("fork" if _FORKS else "spawn")


def on_this_machine(tasks: Iterator[Task], job: Job, execute: Executor, workers: int) -> Iterator[Verdict]:
    """The verdicts in the order in which they are found.

    Raises:
        CourseError: the engine cannot work at all.
    """
    prepare(execute, job)
    killed: list[Task] = []
    yield from _graded(tasks, job, execute, workers, killed)
    for task in killed:  # by itself, since it may have been the victim of its neighbor
        again: list[Task] = []
        yield from _graded(iter([task]), job, execute, 1, again)
        if again:
            yield Verdict(task.number, failure="crashed", reason=KILLED)


def _graded(tasks: Iterator[Task], job: Job, execute: Executor, workers: int, killed: list[Task]) -> Iterator[Verdict]:
    """Verdicts on all tasks but those whose worker dies, which are added to `killed`."""
    crew: dict[Connection, tuple[BaseProcess, Task]] = {}
    try:
        for task in islice(tasks, workers):
            _hire(crew, task, job, execute)
        while crew:
            for connection in wait(list(crew)):
                assert isinstance(connection, Connection)
                process, task = crew.pop(connection)
                try:
                    answer: Verdict | CourseError | None = connection.recv()
                except (EOFError, OSError):
                    answer = None
                for waiting in islice(tasks, 1):  # before its verdict is recorded: nobody waits for the disk
                    if answer is not None and _given(connection, waiting):
                        crew[connection] = process, waiting
                    else:
                        _hire(crew, waiting, job, execute)
                if connection not in crew:
                    _dismiss(connection, process)
                if answer is None:
                    killed.append(task)
                elif isinstance(answer, CourseError):
                    raise answer
                else:
                    yield answer
    finally:
        for connection, (process, _) in crew.items():
            _dismiss(connection, process)


def _hire(crew: dict[Connection, tuple[BaseProcess, Task]], task: Task, job: Job, execute: Executor) -> None:
    """A new worker with its first task."""
    ours, theirs = _CONTEXT.Pipe()
    # A forked process holds the grader's ends of all pipes: it has to close them, or no worker would notice its end.
    inherited = [*crew, ours] if _FORKS else []
    process = _CONTEXT.Process(target=_serve, args=(theirs, inherited, os.getpid(), job, execute), daemon=True)
    process.start()
    theirs.close()
    _given(ours, task)  # if it is dead already, its next answer will say so
    crew[ours] = process, task


def _given(connection: Connection, task: Task) -> bool:
    """Give a worker its next task; False if it died meanwhile."""
    try:
        connection.send(task)
    except OSError:
        return False
    return True


def _dismiss(connection: Connection, process: BaseProcess) -> None:
    connection.close()
    process.kill()
    process.join()


def _serve(connection: Connection, inherited: Sequence[Connection], grader: int, job: Job, execute: Executor) -> None:
    """The worker: grade until the grader hangs up or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the grader's business
    for other in inherited:
        other.close()
    _end_with(grader)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            answer: Verdict | CourseError = work(task, job, execute)
        except CourseError as error:
            answer = error
        connection.send(answer)


def _end_with(grader: int) -> None:
    """End when the grader does, in the middle of a submission too: the next grader must not wait for the lock."""
    if sys.platform == "linux":
        from grader.engine.sandbox import linux_calls

        linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != grader:
            os._exit(1)
