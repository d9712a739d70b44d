"""What the engine needs of whoever starts the students' processes: isolated ones, or plain forks."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Protocol

from grader.engine.limits import Limits

KILLED_FROM_OUTSIDE = "killed from outside"
"""The reason of a death that no submission can bring about: somebody, or the machine short of memory, killed it."""


class WorkerLike(Protocol):
    """One student process, alive or dead."""

    socket: socket.socket

    def interrupt(self) -> None:
        """Send SIGINT to it."""

    def kill(self) -> None:
        """It and all it started are gone when this returns."""

    def close(self) -> None:
        """Kill it and give back its descriptors."""

    def wait(self, timeout: float) -> str | None:
        """The reason of its death, after at most so many seconds; None when it is alive still."""

    def death(self) -> str | None:
        """None while it is alive; else a short reason."""


class PoolLike(Protocol):
    """Starts students' processes."""

    def start(self, files: Mapping[str, bytes], limits: Limits) -> WorkerLike:
        """A new process in a private folder with these files."""

    def close(self) -> None:
        """End everything."""
