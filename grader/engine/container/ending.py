"""The end of all processes of a user, whatever they do about it."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from grader.engine.container.users import has_ended, processes_of
from grader.engine.sandbox import linux_calls

_SECONDS = 60.0  # what takes longer is no slow machine but a fault
_PAUSE = 0.002


def end_all(user: int) -> None:
    """Kill every process of the user until there is none. Those that this process has adopted are collected.

    Raises RuntimeError when some do not end.
    """
    deadline = time.monotonic() + _SECONDS
    while _collect() | bool(left := [pid for pid in processes_of(user) if not has_ended(pid)]):
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes of user {user} did not end when they were killed: {left}")
        for pid in left:
            # One that does nothing but kill the others of its user would get a helper under that user as well.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if left:
            _kill_at_once(user)
        time.sleep(_PAUSE)


def _kill_at_once(user: int) -> None:
    """SIGKILL to all of the user in one call, which the kernel carries out before any of them can fork."""
    pid = os.fork()
    if pid == 0:
        try:
            _become_without_rights(user)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _become_without_rights(user: int) -> None:
    """Be this user, or raise: as root, or with a capability left, the call would end the whole machine."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    linux_calls.drop_own_capabilities()
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    if user == 0 or set(status["Uid"].split()) != {str(user)} or int(status["CapEff"], 16) | int(status["CapPrm"], 16):
        raise RuntimeError(f"not user {user} without rights")


def _collect() -> bool:
    """Wait for children that have ended; whether any child is left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False
