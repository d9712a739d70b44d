"""Students' processes without isolation: for `--unsafe`, and for tests of everything else."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from grader.engine.fork_server import ForkServer
from grader.engine.limits import Limits
from grader.engine.private_folder import private_folder
from grader.engine.student.imports import SLOW
from grader.engine.submission_files import require_fit

_END_SECONDS = 30.0


class UnsafeWorker:
    """A forked process in a private folder; nothing keeps it from reading what the grader can read."""

    def __init__(self, server: ForkServer, place: ExitStack, folder: Path, settings: dict[str, Any]) -> None:
        self._server, self._place = server, place
        self.socket: socket.socket
        self.socket, self.pid = server.fork(folder, settings)
        self._reason: str | None = None

    def interrupt(self) -> None:
        """Send SIGINT."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the process and its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(_END_SECONDS)

    def close(self) -> None:
        """Kill it, and remove its folder."""
        self.kill()
        self.socket.close()
        self._place.close()

    def wait(self, timeout: float) -> str | None:
        """The reason of its death, after at most so many seconds; None when it is alive still."""
        deadline = time.monotonic() + timeout
        while self.death() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.death()

    def death(self) -> str | None:
        """Why it ended, None while it lives."""
        if self._reason is None:
            status = self._server.status(self.pid)
            if status is not None:
                code = os.waitstatus_to_exitcode(status)
                self._reason = f"exited with code {code}" if code >= 0 else f"killed by signal {-code}"
        return self._reason


class UnsafePool:
    """Starts forks of one preloaded parent. A context manager.

    Args:
        out_of_bounds: packages that a student's import statements do not find; their files stay readable.
        groups: which slow modules the parent imports.
    """

    def __init__(self, out_of_bounds: tuple[str, ...] = (), groups: tuple[str, ...] = tuple(SLOW)) -> None:
        self._out_of_bounds = out_of_bounds
        self._server = ForkServer("student", groups)

    def start(self, files: Mapping[str, bytes], limits: Limits) -> UnsafeWorker:
        """A new process whose working folder holds these files, by relative path. Raises as `Pool.start` does."""
        require_fit(files, limits)
        place = ExitStack()
        folder = place.enter_context(private_folder(files))
        settings = {"output_bytes": limits.output_bytes, "out_of_bounds": self._out_of_bounds}
        return UnsafeWorker(self._server, place, folder, settings)

    def close(self) -> None:
        """End the parent."""
        self._server.close()

    def __enter__(self) -> UnsafePool:
        """The pool itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the parent."""
        self.close()
