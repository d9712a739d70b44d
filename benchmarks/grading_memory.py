"""Peak memory of a grader: its own process, its workers, and the parent that testers are forked from."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_INTERVAL = 0.1
_ENDED = (psutil.Error, OSError)  # what reading of a process that ends meanwhile raises


@contextmanager
def peaks_of(pid: int) -> Iterator[Mapping[str, float]]:
    """Peak resident megabytes by role, watched while the body runs.

    Sandboxed submissions are left out: they have their own limit. Resident pages that processes share count in each.
    """
    peaks: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_INTERVAL):
            with suppress(*_ENDED):
                grader = psutil.Process(pid)
                for process in (grader, *grader.children(recursive=True)):
                    with suppress(*_ENDED):
                        role = "grader" if process.pid == pid else _role(process, pid)
                        if role:
                            peaks[role] = max(peaks.get(role, 0.0), _peak(process.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def _role(process: psutil.Process, grader: int) -> str:
    """Of a process below the grader; '' for what belongs to a submission."""
    command = " ".join(process.cmdline())
    if "grader.engine.fork_server" in command:
        return "parent of testers" if process.ppid() == grader else ""
    if "bwrap" in command or "sandbox.zygote" in command:
        return ""
    return "worker" if process.ppid() == grader else ""


def _peak(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
