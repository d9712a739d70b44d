"""One supervisor per submission: makes its namespaces, watches it from outside, ends it, and says why it ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from functools import partial

from grader.engine.limits import NO_MEMORY_LEFT, Limits, MiB
from grader.engine.pool_protocol import KILLED_FROM_OUTSIDE
from grader.engine.sandbox import init, linux_calls, message, watch
from grader.engine.sandbox.confined_worker import OURS, StudentMain

INTERVAL = 0.04
_STUDENT_ID = 1000
_NAMESPACES = (
    linux_calls.CLONE_NEWUSER | linux_calls.CLONE_NEWPID | linux_calls.CLONE_NEWIPC
    | linux_calls.CLONE_NEWNET | linux_calls.CLONE_NEWUTS | linux_calls.CLONE_NEWCGROUP
)  # fmt: skip


def run(connection_fd: int, control: socket.socket, limits: Limits, main: StudentMain, parent: int) -> None:
    """Start one submission and stay until it has ended. `control` leads to the grader. Never returns."""
    try:
        linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
        started = time.monotonic()
        enter_namespaces()
        status, far_status = message.pair()
        pid = os.fork()
        if pid == 0:
            status.close()
            control.close()
            init.run(connection_fd, far_status, limits, main)
        far_status.close()
        os.close(connection_fd)
        pidfd = os.pidfd_open(pid)
        reason = _follow(control, status, pidfd, started, limits)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(pid, 0)
        message.send(control, {"dead": reason})
    except BaseException as error:
        with contextlib.suppress(OSError):
            message.send(control, {"failed": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def enter_namespaces() -> None:
    """Leave every namespace but that of mounts; the next fork is the first process of a new pid namespace."""
    user, group = os.geteuid(), os.getegid()
    linux_calls.unshare(_NAMESPACES)
    # One user, not root inside either: nothing in there is owned by anybody else, so nothing can be gained by setuid.
    maps = {"setgroups": "deny", "gid_map": f"{_STUDENT_ID} {group} 1", "uid_map": f"{_STUDENT_ID} {user} 1"}
    for name, line in maps.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def _follow(control: socket.socket, status: socket.socket, pidfd: int, started: float, limits: Limits) -> str:
    """Wait until the submission has ended or must end; the reason."""
    first = message.receive(status)
    if first is None or "failed" in first[0]:
        raise RuntimeError(first[0]["failed"] if first else "the first process of the namespace died")
    proc = first[1][0]
    message.send(control, {"started": True}, (pidfd,))
    poll = select.poll()
    for fd in (control.fileno(), status.fileno(), pidfd):
        poll.register(fd, select.POLLIN)
    while True:
        ready = {fd for fd, _event in poll.poll(INTERVAL * 1000)}
        if control.fileno() in ready:
            return "the grader closed it"
        if status.fileno() in ready or pidfd in ready:
            return _ended(message.receive(status), limits)
        too_much = excess(watch.usage(proc), partial(watch.memory_bytes, proc), started, limits, OURS)
        if too_much is not None:
            return too_much


def excess(now: watch.Usage, exact: Callable[[], int], started: float, limits: Limits, ours: int = 0) -> str | None:
    """Which limit is passed, as the reason of an end; None for none.

    Args:
        exact: measures the memory.
        started: when the submission was, on the monotonic clock.
        ours: how many of the processes are not the submission's.
    """
    if time.monotonic() - started > limits.submission_seconds:
        return f"wall clock: more than {limits.submission_seconds:g} s"
    if now.cpu_seconds > limits.cpu_seconds:
        return f"CPU time limit: more than {limits.cpu_seconds:g} s"
    if now.processes > limits.processes + ours:
        return f"process limit: more than {limits.processes} processes"
    if now.descriptors > limits.open_files:
        # Each may hold some 400 KB in the kernel, in the buffers of a socket, that no figure of a process shows.
        return f"open files limit: more than {limits.open_files} in all processes together"
    # The cheap bound first: the exact figure walks the page tables of every process.
    if now.resident_bytes > limits.memory_bytes and exact() > limits.memory_bytes:
        return f"memory limit: more than {limits.memory_bytes // MiB} MiB"
    return None


def _ended(report: tuple[dict[str, object], list[int]] | None, limits: Limits) -> str:
    if report is None:
        return KILLED_FROM_OUTSIDE
    content = report[0]
    if "failed" in content:
        return str(content["failed"])
    return reason_of(int(str(content["status"])), limits)


def reason_of(status: int, limits: Limits) -> str:
    """Why the student's process ended, by its wait status."""
    code = os.waitstatus_to_exitcode(status)
    if code == NO_MEMORY_LEFT:
        return f"memory limit: hardly anything was left of {limits.memory_bytes // MiB} MiB"
    if code >= 0:
        return f"exited with code {code}"
    if -code == signal.SIGXCPU:
        return f"CPU time limit: more than {limits.cpu_seconds:g} s"
    return f"killed by signal {-code} ({signal.strsignal(-code)})"
