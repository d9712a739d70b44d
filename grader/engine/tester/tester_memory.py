"""How much memory a test may use: what an answer unfolds to (sorted(range(10**9)) of a range) ends its own test alone.

The kernel keeps the bound, so that what does not fit is a MemoryError at the line of the test that asked for it.
"""

from __future__ import annotations

import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.engine.limits import MiB

NAME = "TestOutOfMemory"
_RAISES_AGAIN = str(Path(__file__).with_name("remote.py"))


def bound_memory(most: int) -> None:
    """Let this process allocate so many bytes more than it has now; what it maps of files counts apart.

    It bounds what is writable and the process's own. A bound on all addresses (RLIMIT_AS) would count each library that
    a test imports, a GiB for torch. macOS keeps no such bound.
    """
    if sys.platform != "linux":
        return
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[5]) * resource.getpagesize()
    _, ceiling = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = now + most
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))


def sentence(most: int) -> str:
    """Why a test that did not fit has no points, and what to do."""
    return (
        f"This test needed more than {most // MiB} MiB of memory and was stopped. An answer that unfolds to very much "
        "does that (a range, a huge number, an array that the test converts); if the test itself needs so much, raise "
        "`tester_memory_bytes`."
    )


def is_of_the_test(error: BaseException | None) -> bool:
    """Is this the tester's own MemoryError, and not one of the student's process that was raised again?"""
    if not isinstance(error, MemoryError):
        return False
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb is None or tb.tb_frame.f_code.co_filename != _RAISES_AGAIN


def tell_in_short(shell: Any, emit: Callable[[str, dict[str, Any]], None], most: int) -> None:
    """Let this shell say so of a test's MemoryError, whose traceback would find no memory; free what it held."""

    def told(_: Any, kind: type[BaseException], error: BaseException, tb: TracebackType | None, **__: Any) -> list[str]:
        if not is_of_the_test(error):
            shell.showtraceback((kind, error, tb), running_compiled_code=True)
            return []
        traceback.clear_frames(tb)
        text = sentence(most)
        at = f"{kind.__name__}: {error}" if str(error) else kind.__name__
        emit("error", {"ename": NAME, "evalue": text, "traceback": [at, f"{NAME}: {text}"]})
        return []

    shell.set_custom_exc((MemoryError,), told)
