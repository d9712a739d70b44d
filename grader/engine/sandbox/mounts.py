"""The file system that one submission sees on top of its parent's read-only one."""

from __future__ import annotations

import os

from grader.engine.sandbox import kernel

HOME = "/home/student"
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_INODES = 20_000


def private(disk_bytes: int) -> None:
    """Mount private writable directories and a fresh /proc. Must run in the first process of the new pid namespace.

    One tmpfs carries the home, /tmp and /dev/shm, so that one quota holds for the three together.
    """
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", "/home", "tmpfs", _QUIET, f"size={disk_bytes},nr_inodes={_INODES},mode=755")
    for name, mode in ((HOME, 0o700), ("/home/.tmp", 0o1777), ("/home/.shm", 0o1777)):
        os.mkdir(name)
        os.chmod(name, mode)
    kernel.mount("/home/.tmp", "/tmp", None, kernel.MS_BIND)
    kernel.mount("/home/.shm", "/dev/shm", None, kernel.MS_BIND)
    # Terminals of other submissions must not be openable; IPython's `!command` needs one of its own.
    options = "newinstance,ptmxmode=0666,mode=600"
    kernel.mount("devpts", "/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, options)
    kernel.mount("proc", "/proc", "proc", _QUIET | kernel.MS_NOEXEC)
    _forbid_namespaces()


def _forbid_namespaces() -> None:
    """No process below may make a user namespace, hence none of any kind. The filter says so a second time."""
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
