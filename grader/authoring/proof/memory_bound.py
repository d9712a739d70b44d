"""How much memory this process takes, and a bound on it. On Linux; elsewhere neither is known nor bounded."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MORE = 2 << 30  # bytes that a mutant may take beyond what is there


def limit() -> None:
    """Let this process take at most 2 GiB more than it has; more raises MemoryError in it."""
    present = _figure("VmSize")
    if present is not None:
        import resource

        most = 1024 * present + _MORE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Peak:
    """The most memory that is in use from here on, beyond what is in use here."""

    def __init__(self) -> None:
        self._before: int | None = None
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: see man 5 proc
        except OSError:
            return
        self._before = _figure("VmRSS")

    def in_mb(self) -> float | None:
        """The peak so far in MB; None where the system does not tell."""
        peak = _figure("VmHWM")
        return None if self._before is None or peak is None else max(0.0, (peak - self._before) / 1024)


def _figure(name: str) -> int | None:
    """A figure of /proc/self/status in KiB."""
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
