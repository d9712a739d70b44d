"""A look at this container with the eyes of a submission's user: what it can read, write and call.

Run as `python -m grader.engine.container.look USER`, as root, with a JSON object on standard input: `needed` are paths
that the user must be able to read and not to change, `secret` are paths that it must not reach. Prints a JSON list of
pairs: what is wrong, and the command or step that mends it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from grader.engine.sandbox import linux_calls, seccomp

Problem = tuple[str, str]

_RIGHTS = {"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_FOWNER": 3, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7}


def problems(user: int, needed: list[str], secret: list[str]) -> Iterator[Problem]:
    """All that is wrong, the basic things first."""
    missing = _missing_rights()
    if missing:
        yield f"root lacks {', '.join(missing)} here", f"start the container with --cap-add {','.join(missing)}"
        return
    refused = _filter_refused(user)
    if refused:
        yield f"system calls cannot be filtered here: {refused}", "a runtime whose kernel has seccomp, so not gVisor"
        return
    os.setgroups([])
    closed = dict(problem for path in needed for problem in _unreadable(user, path))  # each folder once
    yield from closed.items()
    for path in needed:
        yield from _changeable(path)
    for path in secret:
        yield from _reachable(user, path, needed)


def _missing_rights() -> list[str]:
    with open("/proc/self/status") as file:
        held = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff"))
    return [name for name, bit in _RIGHTS.items() if not held >> bit & 1]


def _filter_refused(user: int) -> str:
    """Why the filter does not hold; '' when it does. In a child, which keeps it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, _try_filter(user).encode())
        except BaseException as error:
            os.write(write, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as said:
        found = said.read().decode()
    os.waitpid(pid, 0)
    return "" if found == "holds" else found or "no answer"


def _try_filter(user: int) -> str:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    linux_calls.drop_own_capabilities()
    linux_calls.prctl(linux_calls.PR_SET_NO_NEW_PRIVS, 1)
    linux_calls.install_filter(seccomp.program(own_network=False))
    try:
        socket.socket()
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            return "holds"
        raise
    return "a forbidden system call was not refused"


def _unreadable(user: int, path: str) -> Iterator[Problem]:
    """The outermost folder that keeps the user out, or the path itself."""
    parts = [path]
    while parts[0] != "/":
        parts.insert(0, os.path.dirname(parts[0]))
    for part in parts:
        if not _can_enter(user, part):
            change = "go+x" if part != path else "-R go+rX"
            yield f"{part} is closed to submissions, which need what is in there", f"chmod {change} {shlex.quote(part)}"
            return


def _changeable(path: str) -> Iterator[Problem]:
    if os.stat(path).st_mode & stat.S_IWOTH:
        yield f"{path} can be changed by submissions", f"chmod -R go-w {shlex.quote(path)}"


def _reachable(user: int, path: str, needed: list[str]) -> Iterator[Problem]:
    """The first thing at or below `path` that the user can read, list or write. What is needed may lie inside."""
    found = _first_open(user, path, needed)
    if found is None:
        return
    closed = found if any(_is_inside(one, path) for one in needed) else path
    yield f"{found} can be reached by submissions", f"chmod -R go-rwx {shlex.quote(closed)}"


def _first_open(user: int, path: str, needed: list[str]) -> str | None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    if any(path == one or _is_inside(path, one) for one in needed):
        return None
    if not stat.S_ISDIR(mode):
        return path if stat.S_ISREG(mode) and (_opens(user, path, 0) or _opens(user, path, os.O_WRONLY)) else None
    if not _can_enter(user, path):
        return None
    if not any(_is_inside(one, path) for one in needed) and (mode & stat.S_IWOTH or _opens(user, path, os.O_DIRECTORY)):
        return path
    for name in sorted(os.listdir(path)):
        inner = _first_open(user, os.path.join(path, name), needed)
        if inner is not None:
            return inner
    return None


def _can_enter(user: int, path: str) -> bool:
    with _as(user):
        try:
            os.stat(f"{path}/." if os.path.isdir(path) else path)
        except PermissionError:
            return False
    return True


def _opens(user: int, path: str, flags: int) -> bool:
    with _as(user), contextlib.suppress(OSError):
        os.close(os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC))
        return True
    return False


@contextmanager
def _as(user: int) -> Iterator[None]:
    linux_calls.set_file_user(user, user)
    try:
        yield
    finally:
        linux_calls.set_file_user(0, 0)


def _is_inside(path: str, outer: str) -> bool:
    return path != outer and os.path.commonpath((path, outer)) == outer


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(list(problems(int(sys.argv[1]), asked["needed"], asked["secret"])), sys.stdout)
