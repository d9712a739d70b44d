"""What is left of the memory that a student's process may use.

A cell that fills it, and catches the MemoryError or keeps what it had by then, would leave a process in which the next
exercise fails. So the process ends where that happens, and a new one goes on without that cell.
"""

from __future__ import annotations

import os
import resource

_SHARE = 8


class FreeMemory:
    """The free memory of this process.

    Args:
        memory_bytes: what it may use; 0 where nobody keeps it to that.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._most = resource.getrlimit(resource.RLIMIT_AS)[0]
        self._least = 0 if self._most == resource.RLIM_INFINITY else memory_bytes // _SHARE

    def is_short(self) -> bool:
        """Is less than an eighth of the memory left?"""
        return bool(self._least) and self._most - _mapped() < self._least


def _mapped() -> int:
    fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(fd, 64).split()[0]) * resource.getpagesize()
    finally:
        os.close(fd)
