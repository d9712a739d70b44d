"""What the processes of one submission use, read from outside through /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
# Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors; before, they must be listed.
_COUNTED = os.stat("/proc/self/fd").st_size > 0
_TICK = os.sysconf("SC_CLK_TCK")
_TRIES = 50  # threads that start each other and end go unseen in one listing, hardly in all of these
_INIT = "1"  # the first process of the namespace is the grader's, and no other can make it open anything


@dataclass(frozen=True)
class Usage:
    """Sums over all processes, of descriptors without init's. Resident memory counts shared pages each time."""

    processes: int
    descriptors: int
    resident_bytes: int
    cpu_seconds: float


def usage(proc: int, pids: Iterable[str] | None = None) -> Usage:
    """A cheap reading.

    Args:
        proc: a descriptor of /proc.
        pids: the processes; by default all that this /proc shows, which is the namespace's own.
    """
    pids = _pids(proc) if pids is None else list(pids)
    resident = ticks = descriptors = 0
    for pid in pids:
        ticks += sum(int(field) for field in _stat(proc, pid)[11:15])
        shown = where_shown(proc, pid)
        if shown is not None:
            resident += _resident_pages(proc, shown)
            if pid != _INIT:  # its own would cost a process that has opened all that one process may
                descriptors += _descriptors(proc, shown)
    return Usage(len(pids), descriptors, resident * _PAGE, ticks / _TICK)


def memory_bytes(proc: int, pids: Iterable[str] | None = None) -> int:
    """What they really occupy: each page divided by the number of processes that map it, files left out.

    Private pages alone would miss what a student's processes share with each other: allocate, then fork and sleep.
    Resident pages would count the preloaded parent's once for each process; here they stay in as a fraction.
    """
    return sum(memory_of(proc, pid) for pid in (_pids(proc) if pids is None else pids))


def memory_of(proc: int, pid: str) -> int:
    """The share of one process; nothing when it has ended."""
    shown = where_shown(proc, pid)
    if shown is None:
        return 0
    try:
        rollup = _read_proc(proc, f"{shown}/smaps_rollup")
    except PermissionError:
        # It made itself unreadable (PR_SET_DUMPABLE, a setuid program). All that is resident counts then.
        return _resident_pages(proc, shown) * _PAGE
    lines = [line for line in rollup.splitlines() if line.startswith((b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"))]
    return sum(int(line.split()[1]) * 1024 for line in lines)


def where_shown(proc: int, pid: str) -> str | None:
    """The folder of /proc with the memory and descriptors of a process; None when it has ended.

    They are shown for each thread that runs. The folder of the process is that of its first thread, which may end
    before the others. All threads have them in common: the system call filter sees to that.
    """
    for _ in range(_TRIES):
        if _has_memory(proc, pid):
            return pid
        for thread in _threads(proc, pid):
            if _has_memory(proc, thread):
                return thread
        threads = _stat(proc, pid)[17:18]
        if not threads or int(threads[0]) <= 1:
            return None
    return None  # its threads are about to end


def _has_memory(proc: int, shown: str) -> bool:
    statm = _read_proc(proc, f"{shown}/statm")
    return bool(statm) and int(statm.split()[0]) > 0


def _threads(proc: int, pid: str) -> list[str]:
    try:
        return [f"{pid}/task/{number}" for number in os.listdir(f"/proc/self/fd/{proc}/{pid}/task")]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _resident_pages(proc: int, shown: str) -> int:
    statm = _read_proc(proc, f"{shown}/statm")
    return int(statm.split()[1]) if statm else 0


def _stat(proc: int, pid: str) -> list[bytes]:
    """The fields from the third on; none when the process has ended."""
    # The name of a process may contain anything, parentheses too: count from the last one.
    return _read_proc(proc, f"{pid}/stat").rpartition(b")")[2].split()


def _descriptors(proc: int, shown: str) -> int:
    try:
        if _COUNTED:
            return os.stat(f"{shown}/fd", dir_fd=proc).st_size
        return len(os.listdir(f"/proc/self/fd/{proc}/{shown}/fd"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # it has ended, or (before Linux 6.2) it made itself unreadable


def _pids(proc: int) -> list[str]:
    return [name for name in os.listdir(proc) if name.isdecimal()]


def _read_proc(proc: int, path: str) -> bytes:
    """The file, or nothing when the process has ended meanwhile."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except (FileNotFoundError, ProcessLookupError):
        return b""
    try:
        return os.read(fd, 8192)
    except ProcessLookupError:
        return b""
    finally:
        os.close(fd)
