"""A container such as most services give: root with Docker's rights, and no way to make a namespace or a mount.

Run as a program, it forbids these calls and then runs the command that it is given.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from grader.engine.sandbox import bwrap, linux_calls, seccomp, syscalls
from grader.engine.sandbox.allowlist import interpreter_directories

ROOT = Path(__file__).resolve().parents[2]
RIGHTS = (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "NET_RAW",
    "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP",
)  # fmt: skip
"""What Docker leaves to root."""

PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
FORBIDDEN = ("unshare", "setns", "mount", "umount2", "pivot_root", "move_mount", "fsopen", "ptrace", "keyctl")
_EPERM, _ENOSYS = 1, 38


def command(*rights: str) -> list[str]:
    """The beginning of a command line that runs the rest in there."""
    needed = [*interpreter_directories(), str(ROOT)]
    allowed = [part for right in rights or RIGHTS for part in ("--cap-add", f"CAP_{right}")]
    begin = [bwrap.executable(), "--dev-bind", "/", "/", *_own_places(needed), *readable(needed, "0711")]
    begin += ["--cap-drop", "ALL", *allowed]
    return [*begin, "--setenv", "PYTHONPATH", f"{ROOT}:{ROOT / 'tests'}", sys.executable, str(Path(__file__))]


def _own_places(needed: list[str]) -> list[str]:
    """What is open to everybody is the container's own, unless the checkout lies in there."""
    places = [place for place in PLACES if not any(path.startswith(f"{place}/") for path in needed)]
    return [part for place in places if Path(place).is_dir() for part in ("--perms", "1777", "--tmpfs", place)]


def readable(needed: list[str], mode: str) -> list[str]:
    """Arguments of bubblewrap that show these paths to every user, though they lie in somebody's closed home."""
    arguments = []
    closed = {parent for path in needed for parent in Path(path).parents if not parent.stat().st_mode & 0o001}
    for top in sorted(closed, key=lambda path: len(path.parts)):
        arguments += ["--perms", mode, "--tmpfs", str(top)]
    for path in sorted(needed, key=len):
        if any(top in Path(path).parents for top in closed):
            for parent in [p for p in reversed(Path(path).parents) if any(p == t or t in p.parents for t in closed)]:
                arguments += ["--perms", mode, "--dir", str(parent)]
            arguments += ["--ro-bind", path, path]
    return arguments


def forbid_namespaces() -> None:
    """As Docker's own filter does."""
    column = ("x86_64", "aarch64").index(platform.machine())
    program = [seccomp._load(seccomp._NUMBER)]
    for name in FORBIDDEN:
        number = syscalls.FORBIDDEN[name][column]
        assert number is not None
        program += [seccomp._jump(seccomp._EQUAL, number, 0, 1), seccomp._return_error(_EPERM)]
    number = syscalls.ABSENT["clone3"][column]
    assert number is not None
    program += [seccomp._jump(seccomp._EQUAL, number, 0, 1), seccomp._return_error(_ENOSYS)]
    new = seccomp._jump(seccomp._ANY_BIT, seccomp._NEW_NAMESPACES, 0, 1)
    rest = [new, seccomp._return_error(_EPERM), seccomp._end(seccomp._ALLOW)]
    program += seccomp._on_call(syscalls.CLONE[column], 0, rest)
    linux_calls.install_filter(b"".join([*program, seccomp._end(seccomp._ALLOW)]))


if __name__ == "__main__":
    forbid_namespaces()
    os.umask(0o077)  # home is open to who knows a name in it, for Python lies there: what is made in it must not be
    os.execvp(sys.argv[1], sys.argv[1:])
