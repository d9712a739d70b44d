"""What the processes of one submission use, read from outside through /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
# Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors; before, they must be listed.
_COUNTED = os.stat("/proc/self/fd").st_size > 0
_TICK = os.sysconf("SC_CLK_TCK")
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
        statm, stat = _read_proc(proc, f"{pid}/statm"), _read_proc(proc, f"{pid}/stat")
        if statm and stat:
            resident += int(statm.split()[1])
            # The name of a process may contain anything, parentheses too: count from the last one.
            if pid != _INIT:  # its own would cost a process that has opened all that one process may
                descriptors += _descriptors(proc, pid)
            ticks += sum(int(field) for field in stat.rsplit(b")", 1)[1].split()[11:15])
    return Usage(len(pids), descriptors, resident * _PAGE, ticks / _TICK)


def memory_bytes(proc: int, pids: Iterable[str] | None = None) -> int:
    """What they really occupy: each page divided by the number of processes that map it, files left out.

    Private pages alone would miss what a student's processes share with each other: allocate, then fork and sleep.
    Resident pages would count the preloaded parent's once for each process; here they stay in as a fraction.
    """
    return sum(memory_of(proc, pid) for pid in (_pids(proc) if pids is None else pids))


def memory_of(proc: int, pid: str) -> int:
    """The share of one process; nothing when it has ended."""
    try:
        rollup = _read_proc(proc, f"{pid}/smaps_rollup")
    except PermissionError:
        # It made itself unreadable (PR_SET_DUMPABLE, a setuid program). All that is resident counts then.
        statm = _read_proc(proc, f"{pid}/statm")
        return int(statm.split()[1]) * _PAGE if statm else 0
    lines = [line for line in rollup.splitlines() if line.startswith((b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"))]
    return sum(int(line.split()[1]) * 1024 for line in lines)


def _descriptors(proc: int, pid: str) -> int:
    try:
        if _COUNTED:
            return os.stat(f"{pid}/fd", dir_fd=proc).st_size
        return len(os.listdir(f"/proc/self/fd/{proc}/{pid}/fd"))
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
