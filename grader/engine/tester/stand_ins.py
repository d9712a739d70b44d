"""What a test puts in the place of a library's function: the student's code finds it there too, while it is asked.

`np.linalg.inv = forbidden`, `patch("builtins.input", ...)`, `sys.argv = [...]`. The student's process puts it in for
each operation, and takes it out afterwards, so that nothing of it is left in there when the test has undone it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine.tester import mocks, proxies
from grader.engine.tester.meanings import ABSENT, module_of

_BOUND = (types.MethodType, types.BuiltinMethodType)
_STDIN = ("sys", "stdin")
_SHOWN = (("sys", "stdout"), ("sys", "stderr"))
"""What student code prints is written by the tester, into whatever the test has put there."""


@dataclass
class _Place:
    """An attribute of a library that a test may replace."""

    owner: Any
    original: Any


class StandIns:
    """The places that test cells may replace, and what the student's process knows of them.

    Args:
        operate: carries out an operation there.
        packable: can this be sent?
        find: the module that a name means in the test, if it is one.
    """

    def __init__(
        self,
        operate: Callable[..., Any],
        packable: Callable[[Any], bool],
        find: Callable[[str], types.ModuleType | None],
    ) -> None:
        self._operate, self._packable, self._find = operate, packable, find
        self._places: dict[tuple[str, str], _Place] = {}
        self._environment: dict[str, str] | None = None
        self._sent: list[Any] = []

    def begin_cell(self, imports: dict[str, str], places: Sequence[Sequence[str]], *, environment: bool) -> None:
        """A cell begins whose code may replace these. What earlier cells replaced, and left so, is still replaced."""
        for name, path in places:
            with contextlib.suppress(Exception):  # of an import; where the test imports it itself, it says why
                self._add(imports, name, path)
        if environment and self._environment is None:
            self._environment = dict(os.environ)

    def attached(self) -> None:
        """Another process answers, which knows of nothing."""
        self._sent = []

    def tell(self, *, hidden: bool) -> None:
        """Tell the student's process what is replaced now. `hidden`: functions alone, to be called back."""
        if not self._places and self._environment is None:
            return
        now = self._now(hidden=hidden)
        if len(now) == len(self._sent) and all(map(_same, now, self._sent)):
            return
        self._operate(
            "_stand_in", ([[module, path] for module, path, _ in now], [_sendable(*found) for found in now]), {}
        )
        self._sent = now

    def end_cell(self) -> None:
        """Nothing is replaced until the next test cell asks."""
        if self._sent:
            self._operate("_stand_in", ([], []), {})
            self._sent = []

    def _now(self, *, hidden: bool) -> list[tuple[str, str, Any]]:
        now: list[tuple[str, str, Any]] = []
        for (module, path), place in self._places.items():
            value = getattr(place.owner, path.rpartition(".")[2], ABSENT)
            if value is ABSENT or _is_same(value, place.original):
                continue
            if (module, path) == _STDIN or ((module, path) not in _SHOWN and self._may_go(value, hidden=hidden)):
                now.append((module, path, value))
        if self._environment is not None and not hidden:
            changed = {key: value for key, value in os.environ.items() if self._environment.get(key) != value}
            gone: dict[str, Any] = dict.fromkeys(key for key in self._environment if key not in os.environ)
            if changed or gone:
                now.append(("os", "environ", {**changed, **gone}))
        return now

    def _may_go(self, value: Any, *, hidden: bool) -> bool:
        if hidden and not (callable(value) or proxies.is_proxy(value)):
            return False
        if isinstance(value, Iterator) and not mocks.is_mock(value) and not proxies.is_proxy(value):
            return False  # it would be used up
        return self._packable(value)

    def _add(self, imports: dict[str, str], name: str, path: str) -> None:
        if name:
            module = module_of(imports[name]) if name in imports else self._find(name)
        else:
            module, path = _module_and_path(path)
        if module is None or module.__name__ == "__main__":
            return
        if (module.__name__, path) in self._places:
            return
        owner: Any = module
        for part in path.split(".")[:-1]:
            owner = getattr(owner, part, None)
        self._places[module.__name__, path] = _Place(owner, getattr(owner, path.rpartition(".")[2], ABSENT))


class _Input:
    """What a test put in the place of standard input, to be read by the student's code."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readline(self) -> str:
        """The next line."""
        return str(self._stream.readline())


_Input.__module__ = "__main__"  # goes as an object of the test does: its methods are called back


def _sendable(module: str, path: str, value: Any) -> Any:
    return _Input(value) if (module, path) == _STDIN else value


def _is_same(a: Any, b: Any) -> bool:
    """Is this one object? A bound method is another one each time."""
    return a is b or (type(a) is type(b) and isinstance(a, _BOUND) and a == b)


def _same(a: tuple[str, str, Any], b: tuple[str, str, Any]) -> bool:
    if a[:2] != b[:2]:
        return False
    return a[2] is b[2] or (type(a[2]) is dict and type(b[2]) is dict and a[2] == b[2])


def _module_and_path(path: str) -> tuple[types.ModuleType | None, str]:
    """`numpy.linalg.inv` as the module `numpy.linalg` and `inv`."""
    parts = path.split(".")
    if not all(part.isidentifier() for part in parts) or parts[0] == "__main__":
        return None, path
    for cut in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:cut])
        found = sys.modules.get(name)
        if found is None:
            try:
                found = importlib.import_module(name)
            except ImportError:
                continue
        return found, ".".join(parts[cut:])
    return None, path
