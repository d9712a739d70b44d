"""The figures that calls of a test have opened here: they are there until its cell ends, as in one kernel."""

from __future__ import annotations

import contextlib
import sys
from typing import Any


def state() -> tuple[int, list[int]]:
    """The number of the current figure, 0 where none is open, and the numbers of all."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    numbers = list(pyplot.get_fignums()) if pyplot is not None else []
    return (int(pyplot.gcf().number) if pyplot is not None and numbers else 0), numbers


def act(name: str, *args: Any, **kwargs: Any) -> Any:
    """`pyplot.name(...)`."""
    return getattr(sys.modules["matplotlib.pyplot"], name)(*args, **kwargs)


def close_all() -> None:
    """Close what calls of an earlier cell have opened, as the inline backend does at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        with contextlib.suppress(Exception):  # a submission may have replaced it
            if "inline" in pyplot.get_backend():
                pyplot.close("all")
