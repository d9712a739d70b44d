"""How the sandbox's tests talk to a worker that runs attack_student.py, and look for what it left behind."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

import psutil

from grader.engine.limits import Limits, MiB
from grader.engine.pool import Pool, Worker
from grader.engine.sandbox.allowlist import StudentProgram

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = StudentProgram(
    "attack_student:student_main", "attack_student:preload", {"attack_student.py": HERE / "attack_student.py"}
)
SMALL = Limits(
    cell_seconds=5, submission_seconds=20, cpu_seconds=20, memory_bytes=200 * MiB, disk_bytes=8 * MiB, processes=12
)


def tell(worker: Worker, source: str) -> None:
    """Send a cell without waiting for its answer."""
    text = source.encode()
    worker.socket.sendall(struct.pack("!I", len(text)) + text)


def answer(worker: Worker, timeout: float = 15.0) -> str | None:
    """What the cell printed, its traceback included, or None when the worker died."""
    worker.socket.settimeout(timeout)
    try:
        head = worker.socket.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            return None
        return worker.socket.recv(struct.unpack("!I", head)[0], socket.MSG_WAITALL).decode()
    except ConnectionError:
        return None
    finally:
        worker.socket.settimeout(None)


def ask(worker: Worker, source: str, timeout: float = 15.0) -> str | None:
    """Run a cell and return what it printed."""
    tell(worker, source)
    return answer(worker, timeout)


def reason(worker: Worker, timeout: float = 10.0) -> str | None:
    """The reason of the death that is expected within `timeout` seconds."""
    return worker.wait(timeout)


def processes_of(pool: Pool) -> list[psutil.Process]:
    """Everything that runs below the pool's bubblewrap, zombies included."""
    assert pool._parent is not None
    return psutil.Process(pool._parent.pid).children(recursive=True)


def open_descriptors() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
