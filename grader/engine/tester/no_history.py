"""IPython's magics for earlier input: in a tester they would find its own cells, and never the student's."""

from __future__ import annotations

from functools import partial
from typing import Any

HISTORY_MAGICS = ("rerun", "recall", "rep", "history", "hist", "macro", "save", "notebook", "edit", "load")


def refuse_history(shell: Any) -> None:
    """Let each of these magics raise an error: `%rerun` alone would pass as a test."""
    for name in HISTORY_MAGICS:
        shell.register_magic_function(partial(_refuse, name), "line", name)


def _refuse(name: str, _: str) -> None:
    raise NotImplementedError(
        f"%{name} reads earlier cells, and those of the student are in another process: mark the cell `in_kernel`"
    )
