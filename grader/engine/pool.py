"""A pool of isolated student processes, forked from a parent that has imported everything already."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Mapping
from types import TracebackType

from course_lib.errors import CourseError
from grader.engine.job import TooLarge
from grader.engine.limits import Limits
from grader.engine.pool_protocol import KILLED_FROM_OUTSIDE
from grader.engine.sandbox import delivery, message
from grader.engine.sandbox.allowlist import StudentProgram
from grader.engine.sandbox.parent import Parent
from grader.engine.submission_files import require_fit

_Kind = type[BaseException] | None

_START_SECONDS = 120.0  # on a busy machine the imports of the first start take their time
_BUFFER_BYTES = 4 << 20
_END_SECONDS = 60.0  # what takes longer is no slow machine but a fault


class Worker:
    """One student process, alive or dead. `socket` is connected to it; the sandbox's own sockets are private.

    For one thread at a time; several workers of one pool may be used from several threads.
    """

    def __init__(self, connection: socket.socket, control: socket.socket, pidfd: int) -> None:
        self.socket = connection
        self._control = control
        self._pidfd = pidfd
        self._reason: str | None = None
        self.closed = False

    def interrupt(self) -> None:
        """SIGINT to the student process and to the commands that it runs. Nothing happens when it is dead."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End every process of the submission; they are gone when this returns."""
        if not self.closed and self._reason is None and self.death() is None:
            self._end()
            self._wait()
            self.death()
            self._reason = "the grader closed it"

    def death(self) -> str | None:
        """None while it is alive; else a short reason such as "memory limit: ..." or "exited with code 3"."""
        if self._reason is None and not self.closed and self._ended(0):
            self._reason = self._report()
        return self._reason

    def wait(self, timeout: float) -> str | None:
        """The reason of its death, after at most `timeout` seconds; None when it is alive still.

        After the end of its socket, ask this and not `death`: the process closes it a moment before it has ended.
        """
        if self._reason is None and not self.closed:
            self._ended(timeout)
        return self.death()

    def close(self) -> None:
        """Kill it and give back its descriptors."""
        if not self.closed:
            self.kill()
            self.closed = True
            self.socket.close()
            self._control.close()
            os.close(self._pidfd)

    def __enter__(self) -> Worker:
        """Itself."""
        return self

    def __exit__(self, kind: _Kind, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def _end(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.closed:
            return
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    def _ended(self, timeout: float) -> bool:
        """Whether the first process of its namespace has ended, which the kernel lets happen after all others."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def _wait(self) -> None:
        if not self._ended(_END_SECONDS):
            raise RuntimeError("a submission's processes did not end when they were killed")

    def _report(self) -> str:
        """The supervisor's last word; it comes just after the end."""
        if select.select([self._control], [], [], _END_SECONDS)[0]:
            answer = message.receive(self._control)
            if answer is not None:
                return str(answer[0].get("dead") or answer[0].get("failed"))
        return KILLED_FROM_OUTSIDE


class _Lost(OSError):
    """A worker ended before any code of the submission ran in it."""


class Pool:
    """Starts isolated workers; a context manager. Raises CourseError when this machine cannot isolate.

    `program` says what runs in the student's process; a test may put its own there. Safe to use from several threads.
    """

    worker = Worker

    def __init__(self, program: StudentProgram | None = None) -> None:
        self._program = program or StudentProgram()
        self._lock = threading.Lock()
        self._workers: list[Worker] = []
        self._parent: Parent | None = self._new_parent()

    def start(self, files: Mapping[str, bytes], limits: Limits) -> Worker:
        """A worker whose working directory holds `files` and nothing else.

        Raises ValueError for a path that leaves the directory, TooLarge for too much to store, CourseError when no
        worker can be started.
        """
        require_fit(files, limits)
        dead: Parent | None = None
        for attempt in range(2):
            parent = self._living_parent(dead)
            try:
                worker = self._ask(parent, limits)
                self._fill(worker, files)
            except OSError as error:
                # It or the parent died, by somebody's hand or for lack of memory. A second death is no accident.
                if attempt:
                    raise
                dead = None if isinstance(error, _Lost) else parent
                continue
            with self._lock:
                self._workers = [known for known in self._workers if not known.closed] + [worker]
            return worker
        raise CourseError("the sandbox's parent process dies whenever it is asked for a worker; run `course doctor`")

    def close(self) -> None:
        """End all workers and the parent; nothing of them is left when this returns."""
        with self._lock:
            workers, self._workers = self._workers, []
            parent, self._parent = self._parent, None
        for worker in workers:
            worker.close()
        if parent is not None:
            parent.stop()

    def __enter__(self) -> Pool:
        """Itself."""
        return self

    def __exit__(self, kind: _Kind, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def _living_parent(self, dead: Parent | None) -> Parent:
        """The parent, or a new one. `dead` no longer answers, though its process may take a moment to end."""
        with self._lock:
            if self._parent is None:
                raise CourseError("this pool is closed")
            if self._parent is dead or not self._parent.alive():
                self._parent.stop()
                self._parent = self._new_parent()
            return self._parent

    def _new_parent(self) -> Parent:
        return Parent(self._program)

    def _ask(self, parent: Parent, limits: Limits) -> Worker:
        connection, far_connection = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        control, far_control = message.pair()
        # Here, for both ends: the student's process may not enlarge buffers.
        for end in (connection, far_connection):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        try:
            with far_connection, far_control:
                parent.request(limits, far_connection, far_control)
            if not select.select([control], [], [], _START_SECONDS)[0]:
                raise CourseError(f"no worker was ready within {_START_SECONDS:g} s")
            answer = message.receive(control)
            if answer is None:
                raise ConnectionError("the sandbox's parent process died")
            content, fds = answer
            if "failed" in content:
                raise CourseError(f"a submission cannot be isolated here: {content['failed']}")
        except BaseException:
            connection.close()
            control.close()
            raise
        return self.worker(connection, control, fds[0])

    def _fill(self, worker: Worker, files: Mapping[str, bytes]) -> None:
        worker.socket.settimeout(_START_SECONDS)
        try:
            delivery.deliver(worker.socket, files)
        except OSError:
            # It stopped reading: its last word says why.
            reason = worker.wait(_END_SECONDS) or "it did not answer"
            worker.close()
            if reason == KILLED_FROM_OUTSIDE:
                raise ConnectionError("the sandbox's parent process was killed") from None
            if reason.startswith(delivery.TOO_MUCH):
                raise TooLarge(reason) from None
            raise _Lost(f"a worker died before it had the submission's files: {reason}") from None
        worker.socket.settimeout(None)
