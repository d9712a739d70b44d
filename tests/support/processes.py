"""Processes that may end while they are looked at."""

from __future__ import annotations

import psutil


def command(process: psutil.Process) -> list[str]:
    """Its command line; empty for one that has ended, a zombie included."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
