"""The grader's side of the tester's process: run shared and test cells there, and keep it supplied with processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from course_lib.errors import CourseError
from grader.engine.author_names import AuthorNames
from grader.engine.channel import Channel, ChannelClosed, ChannelTimeout
from grader.engine.fork_server import ForkServer
from grader.engine.limits import NO_MEMORY_LEFT, Limits
from grader.engine.pool_protocol import WorkerLike
from grader.engine.private_folder import PREFIX
from grader.engine.shell.known_cells import known_cell
from grader.engine.shell.outputs import OutputCollector, error_output
from grader.engine.student_session import CellResult, MadeNames, Outcome, stopped
from grader.engine.test_cell_code import test_cell_code
from grader.engine.tester import tester_memory
from grader.engine.tester.student_errors import Loss

# Seconds beyond the limit before the tester is ended: its own bell cannot stop a loop inside of C code.
_PATIENCE = 10.0
_DEATH_SECONDS = 5.0
_TOO_LONG = (
    "This test was stopped after {seconds:g} s, inside of a library's code, which no alarm stops: an answer that "
    "unfolds to very much does that (a huge number, say), or a test that computes for so long itself."
)
_NOT_SHOWN = (
    "This test ended with an error that could not be shown. Most likely no memory was left: an answer that unfolds to "
    "very much does that."
)


class Supplier(Protocol):
    """Who keeps the student's processes."""

    def worker_died(self, loss: Loss) -> str:
        """The process is of no use any more; the sentence that says why."""

    def next_worker(self) -> WorkerLike | str:
        """A process in the state that the good cells make, or the sentence that says why there is none."""

    def command_worker(self, left_out: Sequence[str]) -> WorkerLike | str:
        """A process that has run nothing, with the files of the tester's folder but these, or why there is none."""


@dataclass(frozen=True)
class TestCell:
    """What a test cell comes after.

    Attributes:
        position: where it stands in the author's notebook.
        inputs: the cells that ran in the student's process since the last one: number and source.
    """

    position: int
    inputs: list[tuple[int, str]]


class TesterSession:
    """One tester process, for one notebook."""

    def __init__(
        self,
        server: ForkServer,
        folder: Path,
        limits: Limits,
        call_seconds: float,
        collector: OutputCollector,
        variables: Mapping[str, str],
        secret: bytes | None = None,
        modules: Path | None = None,
    ) -> None:
        settings = {
            "output_bytes": limits.output_bytes,
            "memory_bytes": limits.tester_memory_bytes,
            "call_seconds": call_seconds,
            "variables": dict(variables),
            "secret": secret.hex() if secret is not None else None,
            "modules": str(modules or ""),
            "shares_files": folder.name.startswith(PREFIX),  # any other folder is somebody's, and stays as it is
        }
        self._server, self._memory = server, limits.tester_memory_bytes
        sock, self._pid = server.fork(folder, settings)
        self._channel = Channel(sock)
        self._collector = collector
        self._made: MadeNames | None = None

    def attach(self, worker: WorkerLike) -> None:
        """Let the tester talk to this process from now on."""
        with contextlib.suppress(OSError):  # if the tester is dead, its next cell tells
            self._channel.send(["attach"])
            socket.send_fds(self._channel.socket, [b"!"], [worker.socket.fileno()])

    def know(self, names: AuthorNames) -> None:
        """Tell what names mean in the author's notebook."""
        bindings = [[binding.cell, binding.name, binding.target] for binding in names.bindings]
        with contextlib.suppress(ChannelClosed):  # if the tester is dead, its next cell tells
            self._channel.send(["names", bindings, sorted(names.free), sorted(names.loaded), list(names.preload)])

    def expect_files(self, *, test: bool) -> None:
        """The student's process may have changed files since the last cell; `test`: students see the next one."""
        with contextlib.suppress(OSError):  # if the tester is dead, its next cell tells
            self._channel.send(["files", test])

    def run(
        self,
        source: str,
        count: int,
        seconds: float,
        supplier: Supplier,
        *,
        after_hidden: bool = False,
        test: TestCell | None = None,
    ) -> CellResult:
        """Run one cell for at most so many seconds.

        Args:
            after_hidden: the submission has met hidden inputs before.
            test: what a test cell comes after; None for cells whose names stay the tester's.
        """
        self._collector.restart()
        self._made = None
        after = None if test is None else [test.position, test_cell_code(source), [list(pair) for pair in test.inputs]]
        # Time in which the student's process is started anew does not count.
        hung = [time.monotonic() + seconds + _PATIENCE]
        try:
            self._channel.send(["cell", source, count, seconds, after_hidden, known_cell(source), after])
            outcome, failed, full = self._finish(hung, supplier)
        except ChannelTimeout:
            return self._ended(Outcome.TIMEOUT, "TestError", _TOO_LONG.format(seconds=seconds))
        except ChannelClosed:
            if self._is_full():
                return self._ended(Outcome.ERROR, tester_memory.NAME, tester_memory.sentence(self._memory))
            died = self._ended(Outcome.DIED, "TestError", "The process that ran this test died.")
            return replace(died, disturbed=True)
        reason = stopped(seconds) if outcome is Outcome.TIMEOUT else ""
        if failed and not any(output.output_type == "error" for output in self._collector.outputs):
            # Without an error among its outputs it would count as passed.
            return self._ended(outcome, "TestError", reason or _NOT_SHOWN)
        if full:  # what it holds would be missing in the next cell
            self.close()
        return CellResult(outcome, self._collector.outputs, not full, reason, made=self._made)

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)

    def _ended(self, outcome: Outcome, name: str, reason: str) -> CellResult:
        self.close()
        # A result that was shown before must not count: nbgrader takes the first number it meets.
        outputs = [output for output in self._collector.outputs if output.output_type != "execute_result"]
        return CellResult(outcome, [*outputs, error_output(name, reason)], False, reason)

    def _is_full(self) -> bool:
        """Has the process, which is gone, ended itself for lack of memory?"""
        until = time.monotonic() + _DEATH_SECONDS
        try:
            while (status := self._server.status(self._pid)) is None and time.monotonic() < until:
                time.sleep(0.01)  # its socket closes a moment before it has ended
        except CourseError:  # the parent of the testers died too
            return False
        return status is not None and os.waitstatus_to_exitcode(status) == NO_MEMORY_LEFT

    def _finish(self, hung: list[float], supplier: Supplier) -> tuple[Outcome, bool, bool]:
        """How the cell ended, whether with an error, and whether for lack of memory."""
        while True:
            node, buffers = self._channel.receive(hung[0])
            if node[0] == "output":
                self._collector.add_text(node[1], node[2])
            elif node[0] == "made":
                self._made = MadeNames(node[1], buffers)
            elif node[0] == "died":
                self._channel.send(["why", supplier.worker_died(Loss(*node[1:]))])
            elif node[0] == "revive":
                hung[0] += self._timed(lambda: self._revive(supplier.next_worker()))
            elif node[0] == "command":
                hung[0] += self._timed(partial(self._start_command, supplier, node[1]))
            else:
                return (Outcome.TIMEOUT if node[2] else Outcome(node[1])), node[1] == "error", bool(node[3])

    def _revive(self, worker: WorkerLike | str) -> None:
        if isinstance(worker, str):
            self._channel.send(["lost", worker])
        else:
            self.attach(worker)

    def _start_command(self, supplier: Supplier, left_out: list[str]) -> None:
        self._revive(supplier.command_worker(left_out))

    def _timed(self, work: Callable[[], None]) -> float:
        began = time.monotonic()
        work()
        return time.monotonic() - began
