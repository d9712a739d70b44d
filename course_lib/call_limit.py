"""How long one call of a student's function may take in a test, and how much memory: it costs the case.

The cell goes on with its next case.
"""

from __future__ import annotations

import signal
import time
import types
from collections.abc import Iterable
from typing import Any

import psutil  # type: ignore[import-untyped]  # it ships no types; it comes with ipykernel

from course_lib.check.calls import is_cell, is_module_level
from course_lib.lost_cases import end_case
from course_lib.out_of_bounds import digest

CALL_SHARE = 3  # one call of student code may take this part of the time of its test cell
_GRACE_SECONDS = 2.0  # for a call that catches every exception to give up nevertheless
_TICK_SECONDS = 0.25


class CallTooLong(TimeoutError):
    """A call of a student's function was stopped."""


def took_too_much(size: int) -> str:
    """The sentence for a process that took more memory than it may."""
    return f"This took more than {size >> 20} MiB of memory and was stopped: look for what grows in a loop."


def took_too_long(seconds: float, *, whole_cell: bool = False) -> str:
    """The sentence for a call of a test that ran too long, or in which the time of the test was up."""
    hint = "look for a loop that never ends, or for work that NumPy can do in one step."
    if whole_cell:
        return f"The time of this test, {seconds:.3g} s, was up during this call: {hint}"
    return f"This call ran longer than {seconds:.3g} s and was stopped: {hint}"


def calls_can_be_limited() -> bool:
    """Whether this system has the timer that it takes; Windows has not."""
    return hasattr(signal, "setitimer")


def limit_calls(tests: Iterable[str], seconds: float, size: int) -> None:
    """Hold cells to the limits of grading: all to `size` bytes, calls in those of these digests to a part of `seconds`.

    Where calls cannot be limited, the time limit of the whole cell has to do.
    """
    if not calls_can_be_limited():
        return
    from IPython import get_ipython

    watch, known = _Watch(seconds, size), frozenset(tests)
    events = get_ipython().events
    events.register("pre_run_cell", lambda info: watch.begin(test=digest(info.raw_cell) in known))
    events.register("post_run_cell", lambda result: watch.end())


class _Watch:
    """A timer that looks, tick by tick, whether the test is still in the same call of a cell's function."""

    def __init__(self, seconds: float, size: int) -> None:
        self._seconds, self._size, self._process = seconds, size, psutil.Process()
        self._test = False
        self._call: types.FrameType | None = None
        self._began = self._call_began = 0.0

    def begin(self, *, test: bool) -> None:
        """A cell begins."""
        self._test, self._began, self._call = test, time.monotonic(), None
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _TICK_SECONDS, _TICK_SECONDS)

    def end(self) -> None:
        """A cell has ended."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._call = None

    def _look(self, _: int, frame: types.FrameType | None) -> None:
        if not self._test:
            if _in_a_cell(frame):  # in IPython's own code the error would take the place of the cell's
                self._look_at_memory()
            return
        now, call = time.monotonic(), _outermost_call(frame)
        if call is not self._call:
            self._call, self._call_began = call, now
        if call is None:
            return
        self._look_at_memory()
        if now - self._began >= self._seconds:
            raise CallTooLong(took_too_long(self._seconds, whole_cell=True))
        too_long = self._seconds / CALL_SHARE
        if now - self._call_began >= too_long + _GRACE_SECONDS:
            end_case(took_too_long(too_long))
        if now - self._call_began >= too_long:
            raise CallTooLong(took_too_long(too_long))

    def _look_at_memory(self) -> None:
        memory = self._process.memory_info()
        shared = getattr(memory, "shared", 0)  # the libraries' files, mostly; only Linux tells
        if memory.rss - shared > self._size:
            raise MemoryError(took_too_much(self._size))


def _in_a_cell(frame: types.FrameType | None) -> bool:
    """Whether a cell is at work, or a function that it called."""
    while frame is not None and not is_cell(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None


def _outermost_call(frame: Any) -> types.FrameType | None:
    """The frame of the student's function that the test called; None while the test itself is at work."""
    own = []
    while frame is not None and not (is_cell(frame.f_code.co_filename) and is_module_level(frame)):
        if is_cell(frame.f_code.co_filename):
            own.append(frame)
        frame = frame.f_back
    if frame is None:
        return None
    return next((call for call in reversed(own) if call.f_code.co_filename != frame.f_code.co_filename), None)
