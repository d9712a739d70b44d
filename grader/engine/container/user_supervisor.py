"""One supervisor per submission: it stays root, watches the submission's user from outside, and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from dataclasses import dataclass
from functools import partial

from grader.engine.container import user_watch, writable_places
from grader.engine.container.confinement import confinement
from grader.engine.container.ending import end_all
from grader.engine.container.users import User
from grader.engine.container.writable_places import MOST_FILES, Place
from grader.engine.limits import Limits, MiB
from grader.engine.pool_protocol import KILLED_FROM_OUTSIDE
from grader.engine.sandbox import interrupt_worker, linux_calls, message
from grader.engine.sandbox.confined_worker import StudentMain, become
from grader.engine.sandbox.supervisor import INTERVAL, excess, reason_of

_LOOKS = 5  # files are counted at each fifth look, for that takes longer


@dataclass(frozen=True)
class Common:
    """What all submissions of a pool have in common.

    Attributes:
        main: what the student's process runs.
        parent: the process that forks the supervisors.
        out_of_bounds: packages that a submission may not import.
        public: folders that are open to all users.
    """

    main: StudentMain
    parent: int
    out_of_bounds: list[str]
    public: list[str]


def run(connection_fd: int, control: socket.socket, limits: Limits, *, common: Common, user: User) -> None:
    """Start one submission and stay until it has ended. `control` leads to the grader. Never returns."""
    code = 1
    try:
        started = time.monotonic()
        # Orphans of the submission, daemons too, become children of this process and are collected.
        linux_calls.prctl(linux_calls.PR_SET_CHILD_SUBREAPER, 1)
        clear(user, common.public)  # what a killed supervisor may have left
        with writable_places.place_for(user) as place:
            try:
                reason = _Watched(common, user, place, limits, started).until_its_end(connection_fd, control)
            finally:
                clear(user, common.public)
        message.send(control, {"dead": reason})
        code = 0
    except BaseException as error:
        with contextlib.suppress(OSError):
            message.send(control, {"failed": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(code)


def clear(user: User, public: list[str]) -> None:
    """End the user's processes and remove its files from the places that are open to all."""
    end_all(user.number)
    writable_places.sweep(user.number, public)


@dataclass
class _Watched:
    """A submission while it runs."""

    common: Common
    user: User
    place: Place
    limits: Limits
    started: float

    def until_its_end(self, connection_fd: int, control: socket.socket) -> str:
        """Start it; the reason of its end. What it has forked may live still."""
        self._terminated = False
        signal.signal(signal.SIGTERM, self._terminate)
        status, far_status = message.pair()
        own_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            confined = confinement(self.user, self.place, own_pid, self.common.out_of_bounds)
            become(connection_fd, far_status, self.limits, self.common.main, confined)
        far_status.close()
        os.close(connection_fd)
        signal.signal(signal.SIGINT, lambda *_: interrupt_worker.interrupt(pid))
        reason = self._follow(pid, control, status)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the number may be another's from here on
        return reason

    def _terminate(self, *_: object) -> None:
        self._terminated = True

    def _follow(self, pid: int, control: socket.socket, status: socket.socket) -> str:
        pidfd, proc = os.pidfd_open(pid), os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        own = os.pidfd_open(os.getpid())
        message.send(control, {"started": True}, (own,))
        os.close(own)
        poll = select.poll()
        for fd in (control.fileno(), pidfd):
            poll.register(fd, select.POLLIN)
        looks = 0
        while True:
            ready = {fd for fd, _event in poll.poll(INTERVAL * 1000)}
            if control.fileno() in ready:
                return "the grader closed it"
            # Asked for, not signaled: looking as another user takes a process's death signal away.
            if self._terminated or os.getppid() != self.common.parent:
                return KILLED_FROM_OUTSIDE
            if pidfd in ready:
                return self._end_of(pid, status)
            _collect_orphans(pid)
            looks += 1
            too_much = self._excess(proc) or (self._stores_too_much(proc) if looks % _LOOKS == 0 else None)
            if too_much is not None:
                return too_much

    def _end_of(self, pid: int, status: socket.socket) -> str:
        failed = message.receive(status)
        ended = os.waitpid(pid, 0)[1]
        return reason_of(ended, self.limits) if failed is None else str(failed[0]["failed"])

    def _excess(self, proc: int) -> str | None:
        number = self.user.number
        exact = partial(user_watch.memory_of_user, number, proc)
        return excess(user_watch.usage_of(number, proc), exact, self.started, self.limits)

    def _stores_too_much(self, proc: int) -> str | None:
        found = writable_places.stored(self.user.number, self.place, self.common.public)
        nameless = user_watch.nameless_bytes(self.user.number, proc)
        if nameless is None:
            return "disk limit: a process made itself unreadable, so that its open files cannot be counted"
        if found.too_deep or found.files > MOST_FILES:
            return f"disk limit: more than {MOST_FILES} files, or folders nested too deep"
        if found.size_bytes + nameless > self.limits.disk_bytes:
            return f"disk limit: more than {self.limits.disk_bytes // MiB} MiB"
        return None


def _collect_orphans(worker: int) -> None:
    """Collect ended children but the worker, whose end `_end_of` asks for."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid == worker:
                return
            os.waitpid(ended.si_pid, 0)
