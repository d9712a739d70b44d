"""Reasons to stop before the last epoch: the clock, Ctrl-C, a validation loss that falls no more."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any


class Interruption:
    """While it lasts, the first Ctrl-C (or the notebook's stop button) is noted, to be obeyed at the end of a step.

    The second one interrupts at once, as always.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interruption:
        """Listen."""
        if threading.current_thread() is threading.main_thread():  # only there does Python deliver signals
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Listen no more."""
        self._give_back()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self._give_back()

    def _give_back(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None


def out_of_patience(losses: Sequence[float], patience: int | None) -> bool:
    """Is the lowest validation loss `patience` epochs ago, or more?"""
    return patience is not None and bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= patience
