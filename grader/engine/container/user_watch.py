"""What the processes of one user use, measured from outside.

A root that may not trace others, as in a plain container, sees the memory of a process only if it looks as its user.
"""

from __future__ import annotations

import contextlib
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from grader.engine.container.users import processes_of
from grader.engine.sandbox import linux_calls
from grader.engine.sandbox.watch import Usage, memory_bytes, usage, where_shown

_BLOCK = 512


@contextmanager
def seen_by(user: int) -> Iterator[None]:
    """Look at files and at /proc as this user does."""
    linux_calls.set_file_user(user, user)
    try:
        yield
    finally:
        linux_calls.set_file_user(0, 0)


def usage_of(user: int, proc: int) -> Usage:
    """A cheap reading, with the time of children that this process, their last parent, has collected."""
    with seen_by(user):
        now = usage(proc, map(str, processes_of(user)))
    collected = resource.getrusage(resource.RUSAGE_CHILDREN)
    return replace(now, cpu_seconds=now.cpu_seconds + collected.ru_utime + collected.ru_stime)


def memory_of_user(user: int, proc: int) -> int:
    """What the processes of the user really occupy."""
    with seen_by(user):
        return memory_bytes(proc, map(str, processes_of(user)))


def nameless_bytes(user: int, proc: int) -> int | None:
    """Disk of files that are open and have been removed; None when a process has made itself unreadable."""
    found: dict[tuple[int, int], int] = {}
    with seen_by(user):
        for pid in map(str, processes_of(user)):
            shown = where_shown(proc, pid)
            if shown is None:
                continue
            try:
                names = os.listdir(f"/proc/{shown}/fd")
            except PermissionError:
                if where_shown(proc, pid) != shown:
                    continue  # what looked unreadable has ended
                return None
            except OSError:
                continue
            for name in names:
                with contextlib.suppress(OSError):
                    file = os.stat(f"/proc/{shown}/fd/{name}")
                    if stat.S_ISREG(file.st_mode) and file.st_nlink == 0 and file.st_uid == user:
                        found[file.st_dev, file.st_ino] = file.st_blocks * _BLOCK
    return sum(found.values())
