"""Limits that the kernel keeps itself, set in the student's process before its code runs."""

from __future__ import annotations

import math
import resource

from grader.engine.limits import Limits, MiB


def apply(limits: Limits, ours: int) -> None:
    """Set hard limits on this process; its children inherit them and none can raise them again.

    Args:
        ours: processes of the grader that run under the same user, and are counted with the student's.
    """
    cpu = math.ceil(limits.cpu_seconds)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_RTPRIO, 0)
    _set(resource.RLIMIT_NICE, 0)
    _set(resource.RLIMIT_SIGPENDING, 1024)
    _set(resource.RLIMIT_STACK, 8 * MiB)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_NPROC, limits.processes + ours)
    _set(resource.RLIMIT_FSIZE, limits.disk_bytes)
    _set(resource.RLIMIT_CPU, cpu, cpu + 1)
    # On top of what the preloaded parent has mapped already: a smaller bound hangs instead of failing. It turns one
    # allocation that is too large into a MemoryError in the cell; the sum over processes is watched from outside.
    _set(resource.RLIMIT_AS, _mapped() + limits.memory_bytes)


def _mapped() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _set(what: int, soft: int, hard: int | None = None) -> None:
    hard = soft if hard is None else hard
    ceiling = resource.getrlimit(what)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(what, (soft, hard))
