"""Make a process cheap to fork: what costs in a fork is the table of its pages, and copies of pages that it touches."""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Iterator
from pathlib import Path

_HUGE = 2 << 20  # bytes of a huge page: 512 small ones
_MADV_COLLAPSE = 25  # of Linux 6.1 and newer
_MEMORY = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(\[heap\])?$", re.MULTILINE)


def prepare() -> None:
    """Call it once everything is imported and computed that the forks share.

    The collector would touch, and so copy, every object in every fork: what is there stays. And memory in huge pages
    has a short table. A system that has none of them forks as it always did.
    """
    gc.freeze()
    try:
        advise = ctypes.CDLL(None).madvise
        for start in huge_parts(Path("/proc/self/maps").read_text("ascii", "replace")):
            advise(ctypes.c_void_p(start), ctypes.c_size_t(_HUGE), _MADV_COLLAPSE)
    except (OSError, AttributeError):
        return


def huge_parts(maps: str) -> Iterator[int]:
    """Where a huge page fits into memory of the process's own."""
    for begin, end, _ in _MEMORY.findall(maps):
        first = -(-int(begin, 16) // _HUGE) * _HUGE
        yield from range(first, int(end, 16) // _HUGE * _HUGE, _HUGE)
