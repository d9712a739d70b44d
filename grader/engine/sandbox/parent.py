"""The grader's side of the preloaded parent: start it, ask it for a worker, stop it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping

from course_lib.errors import CourseError
from grader.engine.limits import Limits
from grader.engine.sandbox import bwrap, message
from grader.engine.sandbox.allowlist import StudentProgram

_PRELOAD_SECONDS = 120.0
_STOP_SECONDS = 5.0


Command = Callable[[StudentProgram, int, int], tuple[list[str], list[int]]]


class Parent:
    """One preloaded parent process. Raises CourseError when it cannot be started here.

    Args:
        program: what runs in the students' processes.
        command: the command line that starts it, given its descriptors of the control socket and of the grader, and
            more descriptors that it gets.
        environment: all that it finds in its environment; by default the command sees to that.
    """

    def __init__(
        self, program: StudentProgram, command: Command = bwrap.command, environment: Mapping[str, str] | None = None
    ) -> None:
        self._sending = threading.Lock()
        self._log = os.memfd_create("sandbox-log", os.MFD_CLOEXEC)
        self._control, far = message.pair()
        # Not bubblewrap's --die-with-parent: the kernel ties that to the thread that started it, and a pool made in
        # a short-lived thread would lose its parent. The parent watches our pidfd and its end of the socket instead.
        grader = os.pidfd_open(os.getpid())
        files: list[int] = []
        try:
            arguments, files = command(program, far.fileno(), grader)
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                env=environment,
                pass_fds=(far.fileno(), grader, *files),
            )
            self._pidfd = os.pidfd_open(self._process.pid)
        except BaseException:
            self._control.close()
            os.close(self._log)
            raise
        finally:
            far.close()
            for fd in (grader, *files):
                os.close(fd)
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process id of bubblewrap, which ends when the parent does."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it still runs; right also in a process that was forked from the one that started it."""
        return not select.select([self._pidfd], [], [], 0)[0]

    def request(self, limits: Limits, connection: socket.socket, control: socket.socket) -> None:
        """Ask for a supervisor and a worker that get these two sockets. Raises OSError when the parent is gone."""
        with self._sending:
            message.send(self._control, {"limits": limits.to_dict()}, (connection.fileno(), control.fileno()))

    def stop(self) -> None:
        """End it and, with it, all its workers; returns when they are gone."""
        self._control.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._pidfd)
        os.close(self._log)

    def _await_ready(self) -> None:
        if not select.select([self._control], [], [], _PRELOAD_SECONDS)[0]:
            raise CourseError(f"the sandbox's parent process was not ready within {_PRELOAD_SECONDS:g} s")
        answer = message.receive(self._control)
        if answer is not None and "ready" in answer[0]:
            return
        self._process.wait()
        size = os.fstat(self._log).st_size
        log = os.pread(self._log, 4000, max(0, size - 4000)).decode(errors="replace").strip()
        said = f"{answer[0]['failed']}\n" if answer else ""
        raise CourseError(
            f"submissions cannot be isolated here, so grading stops; `course doctor` says what to do\n{said}{log}"
        )
