"""The names of a test cell: its own, those of shared cells, and behind them the student's."""

from __future__ import annotations

import builtins
from typing import Any

from grader.engine.tester import trusted_names
from grader.engine.tester.remote import Remote
from grader.engine.tester.subclasses import Super


class TesterNamespace(dict[str, Any]):
    """The globals of shared and test cells. A name that they do not define is looked up in the student's process."""

    def __init__(self, remote: Remote) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self._remote = remote

    def __missing__(self, name: str) -> Any:
        """The student's value of this name. Raises KeyError, so that Python itself raises NameError."""
        __tracebackhide__ = True
        if name == "super":
            return Super
        if name in vars(builtins) or name.startswith("__"):
            raise KeyError(name)
        own = trusted_names.conventional(name)
        if own is not None:
            return own
        try:
            return self._remote.lookup(name)
        except NameError:
            raise KeyError(name) from None
