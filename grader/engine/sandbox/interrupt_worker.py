"""An interrupt that whoever started a student's process passes on to it."""

from __future__ import annotations

import contextlib
import os
import signal


def interrupt(worker: int) -> None:
    """SIGINT as from a terminal: to the worker and to the commands that it runs in its process group."""
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(worker) == worker:
            os.killpg(worker, signal.SIGINT)
        else:
            os.kill(worker, signal.SIGINT)
