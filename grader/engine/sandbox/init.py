"""The first process of a submission's pid namespace: when it ends, the kernel ends every other process in there.

It keeps its capabilities, which is also what protects it: the student's process has none and may not touch it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket

from grader.engine.limits import Limits
from grader.engine.sandbox import interrupt_worker, linux_calls, message, mounts, seccomp
from grader.engine.sandbox.confined_worker import OURS, Confinement, StudentMain, become


def run(connection_fd: int, status: socket.socket, limits: Limits, main: StudentMain) -> None:
    """Mount what is private, start the worker, forward SIGINT to it and report how it ended. Never returns."""
    try:
        linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        linux_calls.unshare(linux_calls.CLONE_NEWNS)
        mounts.private(limits.disk_bytes)
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # Blocked, not handled: a pid 1 loses signals that have neither. SIGINT comes from outside only to be forwarded.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGCHLD))
        worker = os.fork()
        if worker == 0:
            become(connection_fd, status, limits, main, Confinement(mounts.HOME, OURS, seccomp.program()))
        message.send(status, {"worker": worker}, (proc,))
        os.close(proc)
        os.close(connection_fd)
        message.send(status, {"status": _wait_for(worker)})
    except BaseException as error:
        with contextlib.suppress(OSError):
            message.send(status, {"failed": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _wait_for(worker: int) -> int:
    """Collect ended processes, orphans of the student's included, until it is the worker; its wait status."""
    while True:
        if signal.sigwait((signal.SIGINT, signal.SIGCHLD)) == signal.SIGINT:
            interrupt_worker.interrupt(worker)
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == worker:
                return status
            if pid == 0:
                break
