"""Memory that one step of a training frees is kept for the next one."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # malloc.h
_LARGEST_BLOCK = 32 * 2**20  # bytes; glibc takes no higher threshold


@cache
def keep_freed_memory() -> bool:
    """Tell glibc to keep up to 2 GB of freed memory in this process. True if it was done; elsewhere nothing changes.

    A step of a training on a CPU allocates hundreds of blocks of megabytes, and frees them. By default each goes back
    to the system and comes back as fresh pages that it has to clear first: up to a third of a small net's time.
    Source: mallopt(3).
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is None:
        return False
    wanted = {_M_MMAP_THRESHOLD: _LARGEST_BLOCK, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 2**28}
    return all(mallopt(setting, value) == 1 for setting, value in wanted.items())
