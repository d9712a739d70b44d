"""The file system that one submission sees on top of its parent's read-only one."""

from __future__ import annotations

import os
import re

from grader.engine.sandbox import linux_calls

HOME = "/home/student"
PRIVATE = ("/home", "/tmp")
_QUIET = linux_calls.MS_NOSUID | linux_calls.MS_NODEV
_INODES = 20_000


def private(disk_bytes: int) -> None:
    """Mount private writable directories and a fresh /proc. Must run in the first process of the new pid namespace.

    One tmpfs carries the home, /tmp and /dev/shm, so that one quota holds for the three together. What the parent was
    given in these places, such as an environment in somebody's home, stays where it was, read-only as before.
    """
    linux_calls.mount("none", "/", None, linux_calls.MS_REC | linux_calls.MS_PRIVATE)
    given = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in _mounted_inside(PRIVATE)}
    linux_calls.mount("tmpfs", "/home", "tmpfs", _QUIET, f"size={disk_bytes},nr_inodes={_INODES},mode=755")
    for name, mode in ((HOME, 0o700), ("/home/.tmp", 0o1777), ("/home/.shm", 0o1777)):
        os.mkdir(name)
        os.chmod(name, mode)
    linux_calls.mount("/home/.tmp", "/tmp", None, linux_calls.MS_BIND)
    linux_calls.mount("/home/.shm", "/dev/shm", None, linux_calls.MS_BIND)
    for path, fd in given.items():
        os.makedirs(path)
        linux_calls.mount(f"/proc/self/fd/{fd}", path, None, linux_calls.MS_BIND | linux_calls.MS_REC)
        os.close(fd)
    # Terminals of other submissions must not be openable; IPython's `!command` needs one of its own.
    options = "newinstance,ptmxmode=0666,mode=600"
    linux_calls.mount("devpts", "/dev/pts", "devpts", linux_calls.MS_NOSUID | linux_calls.MS_NOEXEC, options)
    linux_calls.mount("proc", "/proc", "proc", _QUIET | linux_calls.MS_NOEXEC)
    _forbid_namespaces()


def _mounted_inside(places: tuple[str, ...]) -> list[str]:
    """The outermost mounts inside of these directories."""
    found: list[str] = []
    with open("/proc/self/mountinfo", "rb") as file:
        # proc(5): the fifth field is the mount point, with some characters as octal numbers.
        points = [re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8)]), line.split()[4]) for line in file]
    paths = sorted(os.fsdecode(point) for point in points)
    for path in paths:
        if any(path.startswith(f"{place}/") for place in places) and not any(path.startswith(f"{p}/") for p in found):
            found.append(path)
    return found


def _forbid_namespaces() -> None:
    """No process below may make a user namespace, hence none of any kind. The filter says so a second time."""
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
