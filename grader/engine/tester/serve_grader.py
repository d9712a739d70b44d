"""The tester's process: run shared and test cells for the grader, with the student's process at the other socket."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from stack_data.core import Source

from course_lib.check.rng import use_secret
from grader.engine import random_state
from grader.engine.channel import Channel, ChannelClosed, FrameLimits
from grader.engine.limits import NO_MEMORY_LEFT
from grader.engine.shell import CellRunner, OutputSink
from grader.engine.shell.sink import to_json
from grader.engine.tester import memory_bound, proxies, remote
from grader.engine.tester.namespace import TesterNamespace
from grader.engine.tester.proxies import Proxy
from grader.engine.tester.remote import Remote
from grader.engine.tester.student_errors import Loss, StudentDied, StudentLost, StudentTimeout
from grader.engine.tester.withheld import Withheld

_RING_LATER = 1.0  # calls of student code end by themselves when the time is up; the bell is for the test's own loops
_RING_AGAIN = 2.0
_LIMITS = FrameLimits(tree=16 << 20, buffers=256 << 20)  # what one answer of the student's may take of this process


def preload() -> None:
    """Take apart the files through which the tracebacks of failed tests lead, once, in the parent of all testers."""
    for module in (proxies, remote):
        file = str(module.__file__)
        source: Any = Source.for_filename(file)
        _ = source.pieces  # kept with the source
        inspect.modulesbyfile[file] = module.__name__  # else `inspect` looks through all modules


def tester_main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve the grader over this socket until it closes.

    Args:
        sock: a connected stream socket.
        settings: `output_bytes`: bytes of text a cell may print; `memory_bytes`: what tests may allocate;
            `call_seconds`: the limit of one call of student code; `variables`: for the environment; `secret`: what
            `check.rng` draws from, in hexadecimal digits, or None.
    """
    use_secret(None if settings["secret"] is None else bytes.fromhex(settings["secret"]))
    os.environ.update(settings["variables"])
    sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]  # nothing is imported from a submission
    most = int(settings["memory_bytes"])
    service = TesterService(sock, int(settings["output_bytes"]), float(settings["call_seconds"]), most)
    memory_bound.bound_memory(most)
    try:
        service.serve()
    except MemoryError:
        os._exit(NO_MEMORY_LEFT)


class TesterService:
    """The trusted interpreter's end of the conversation with the grader."""

    def __init__(self, sock: socket.socket, output: int, call_seconds: float, memory: int) -> None:
        self._control = Channel(sock, follows=True)
        self._asking = False
        self._rang = False
        self._sink = OutputSink(output)
        self._withheld = Withheld(self._sink)
        self._remote = Remote(self, call_seconds, self._withheld.write, self._withheld.look)
        self._runner = CellRunner(self._sink, namespace=TesterNamespace(self._remote))
        # A cell that ends in an object of the student's must not show a number of the student's choice as its result.
        self._runner.shell.display_formatter.formatters["text/plain"].for_type(Proxy, _describe)
        memory_bound.tell_in_short(self._runner.shell, self._sink.emit, memory)
        signal.signal(signal.SIGALRM, self._ring)
        self._withheld.watch(self._runner)
        random_state.reseed()

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        try:
            while True:
                node, _ = self._control.receive()
                if node[0] == "attach":
                    self._remote.attach(self._received_channel())
                else:
                    if node[5] is not None:
                        self._runner.know(node[1], node[5])
                    self._run_cell(node[1], node[2], float(node[3]), after_hidden=bool(node[4]))
        except ChannelClosed:
            return

    def died(self, loss: Loss) -> str:
        """Tell the grader that the student's process is of no use; it knows why."""
        with self._undisturbed():
            self._control.send(["died", loss.reason, loss.seconds, loss.whole_cell, loss.turn])
            node, _ = self._control.receive()
            return str(node[1])

    def revive(self) -> Channel:
        """Ask the grader for a new process."""
        with self._undisturbed():
            self._control.send(["revive"])
            node, _ = self._control.receive()
            if node[0] != "attach":
                raise StudentDied(str(node[1]))
            return self._received_channel()

    def _run_cell(self, source: str, count: int, seconds: float, *, after_hidden: bool) -> None:
        self._runner.shell.execution_count = count
        self._rang = False
        self._remote.begin_cell(seconds)
        self._withheld.begin_cell(source, after_hidden=after_hidden)
        signal.setitimer(signal.ITIMER_REAL, seconds + _RING_LATER, _RING_AGAIN)
        outcome, full = "error", False
        try:
            _, error = self._runner.run(source)
            outcome = "ok" if error is None else "error"
            full = memory_bound.is_of_the_test(error)
        except (StudentLost, KeyboardInterrupt, SystemExit) as stopped:
            message = {"ename": type(stopped).__name__, "evalue": str(stopped), "traceback": [str(stopped)]}
            self._sink.emit("error", message)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for kind, content in self._withheld.messages():
            self._control.send(["output", kind, to_json(content)])
        self._control.send(["done", outcome, self._rang or self._remote.out_of_time, full])

    def _received_channel(self) -> Channel:
        _, descriptors, _, _ = socket.recv_fds(self._control.socket, 1, 1)
        return Channel(socket.socket(fileno=descriptors[0]), _LIMITS)

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """While the grader is asked, the bell waits for its next time."""
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _ring(self, _: int, frame: FrameType | None) -> None:
        """Stop the test's own code; it rings again.

        Anywhere else, where the shell tells of an error or the cell is over, what is raised would end this process.
        """
        if self._asking or not _runs_a_cell(frame):
            return
        self._rang = True
        raise StudentTimeout(f"The test itself took too long: its time of {self._remote.cell_seconds:g} s was up.")


def _runs_a_cell(frame: FrameType | None) -> bool:
    """Is code of a cell at work in this frame, or does it wait for it?"""
    while frame is not None:
        if "ipykernel_" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _describe(proxy: Proxy, printer: Any, cycle: bool) -> None:
    printer.text(f"<{type(proxy).__name__} of the submission: {proxy!r}>")
