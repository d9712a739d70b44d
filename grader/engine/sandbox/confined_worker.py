"""The last steps before a student's code: leave everything behind that it must not have, then hand over."""

from __future__ import annotations

import errno
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.engine.limits import Limits
from grader.engine.sandbox import delivery, linux_calls, message, quotas

_NICENESS = 5

StudentMain = Callable[[socket.socket, dict[str, Any]], None]


OURS = 2
"""In the sandbox the supervisor and the namespace's init run under the user of the student's processes."""


@dataclass(frozen=True)
class Confinement:
    """How the process is confined.

    Attributes:
        home: its working directory.
        ours: processes of the grader under the same user.
        call_filter: the seccomp program.
        give_up: gives up every right.
        settings: what `main` is told besides the limits.
    """

    home: str
    ours: int
    call_filter: bytes
    give_up: Callable[[], None] = linux_calls.drop_capabilities
    settings: Mapping[str, Any] = field(default_factory=dict)


def become(
    connection_fd: int, status: socket.socket, limits: Limits, main: StudentMain, confinement: Confinement
) -> None:
    """Turn this process into the student's and run `main` in it. Never returns."""
    code = 70
    try:
        try:
            connection = _prepare(connection_fd, status, limits, confinement)
        except Exception as error:
            message.send(status, {"failed": _explain(error, limits)})
        else:
            # From here on the process is the student's: nothing of ours may be reachable from it.
            status.close()
            main(connection, {**limits.to_dict(), **confinement.settings})
            code = 0
    finally:
        os._exit(code)


def _prepare(connection_fd: int, status: socket.socket, limits: Limits, confinement: Confinement) -> socket.socket:
    os.setsid()
    _standard_descriptors()
    _close_others({connection_fd, status.fileno()})
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    # Behind the supervisor and the tester: many busy processes must not keep either from its work.
    os.nice(_NICENESS)
    quotas.apply(limits, confinement.ours)
    confinement.give_up()
    linux_calls.prctl(linux_calls.PR_SET_NO_NEW_PRIVS, 1)
    linux_calls.install_filter(confinement.call_filter)
    os.umask(0o077)
    os.chdir(confinement.home)
    connection = socket.socket(fileno=connection_fd)
    delivery.accept(connection, confinement.home)
    _reseed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return connection


def _standard_descriptors() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if null > 2:
        os.close(null)


def _close_others(keep: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd > 2 and fd not in keep:
            try:
                os.close(fd)
            except OSError as error:  # the descriptor of the listing itself
                if error.errno != errno.EBADF:
                    raise


def _reseed() -> None:
    """Every child inherits the parent's generators in the same state; a fresh kernel would have fresh ones.

    The seed of str hashes cannot change in a running interpreter. It is fixed (PYTHONHASHSEED=0), so that the order
    of a set is the same each time a submission is graded.
    """
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(int.from_bytes(os.urandom(4), "little"))
    if "torch" in sys.modules:
        # torch.manual_seed would ask each kind of accelerator as well, for 3 ms
        sys.modules["torch"].default_generator.manual_seed(int.from_bytes(os.urandom(8), "little") >> 1)


def _explain(error: Exception, limits: Limits) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG):
        return f"{delivery.TOO_MUCH} the {limits.disk_bytes} bytes that it may store, or are too many"
    return f"{type(error).__name__}: {error}"
