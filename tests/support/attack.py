"""What an attack on the sandbox is, and what the cells of all attacks have at hand."""

from __future__ import annotations

import platform
import uuid
from dataclasses import dataclass

from support.sandbox_tools import SMALL

from grader.engine.limits import Limits
from grader.engine.sandbox import syscalls

MARK = f"escaped-{uuid.uuid4().hex}"

_COLUMN = ("x86_64", "aarch64").index(platform.machine())
_NUMBERS = {name: pair[_COLUMN] for name, pair in (syscalls.FORBIDDEN | syscalls.ABSENT).items()}
_ALLOWED = {
    "clone": syscalls.CLONE[_COLUMN],
    "close_range": syscalls.CLOSE_RANGE[_COLUMN],
    "exit": (60, 93)[_COLUMN],
}  # at least in part

# `attempt` and `refused` try something and say what came of it; `call` is a system call by name or number;
# `without_first_thread` runs
# it in another thread, when the first has ended.
HELPERS = f"""
import ctypes, errno, os, signal, socket, subprocess, sys, threading, time
MARK = {MARK!r}
NUMBERS = {_NUMBERS | _ALLOWED!r}
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action, *arguments):
    try:
        result = action(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
    except BaseException as error:
        return type(error).__name__
    return f"SUCCEEDED {{result!r}}"

def refused(action, *arguments):
    return not attempt(action, *arguments).startswith("SUCCEEDED")

def call(name, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(NUMBERS.get(name, name), *arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")

def fork(action):
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(0)
    return pid

def without_first_thread(action):
    def wait_and_run():
        while open('/proc/self/stat').read().rpartition(')')[2].split()[0] != 'Z':
            time.sleep(0.01)
        action()
    threading.Thread(target=wait_and_run).start()
    call('exit', 0)
"""


@dataclass(frozen=True)
class Attack:
    """One cell. `says` must be in what it prints; `dies` in the reason of the death, and without it nobody may die."""

    name: str
    cell: str
    says: str | None = None
    dies: str | None = None
    limits: Limits = SMALL
