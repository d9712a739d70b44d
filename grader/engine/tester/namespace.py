"""The names of a test cell: its own, those of shared cells, and behind them the student's."""

from __future__ import annotations

import builtins
import collections.abc
import re
from collections.abc import Iterator
from typing import Any

from grader.engine.tester.meanings import ABSENT, Meanings, testers_own
from grader.engine.tester.remote import Remote
from grader.engine.tester.student_errors import NotTheAuthors
from grader.engine.tester.subclasses import Super

_IPYTHONS = re.compile(r"__.*|_{1,3}|_i{1,3}|_i?\d+|_[iod]h")
"""Names of the shell's own, for which it looks itself while it shows a result."""


class TesterNamespace(dict[str, Any]):
    """The globals of shared and test cells. A name that they do not define is looked up in the student's process.

    As a mapping (`globals()`, `locals()`, `get_ipython().user_ns`) it has the student's names too: all of them in one
    question, their values when they are asked for.
    """

    def __init__(self, remote: Remote) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self.meanings = Meanings()
        self._remote = remote
        self._libraries: dict[str, Any] = {}  # for the cell that runs
        self._plain: set[str] = set()  # names that mean the student's objects, for the cell that runs

    def begin_cell(self) -> None:
        """What the student's names are bound to is asked anew."""
        self._libraries, self._plain = {}, set()

    def is_students(self, name: str, value: Any) -> bool:
        """Is this what the running test cell found under this name, when it had not bound it itself?"""
        return self._remote.is_under(name, value) or self._libraries.get(name, ABSENT) is value

    def __missing__(self, name: str) -> Any:
        """What this name means. Raises KeyError where it is not bound, so that Python itself raises NameError."""
        __tracebackhide__ = True
        try:
            if name in self._plain:
                return self._remote.lookup(name)
            if name in self._libraries:
                return self._libraries[name]
            if type(name) is not str or name.startswith("__"):
                raise KeyError(name)
            targets = self.meanings.targets(name)
            if targets:
                return self._library(name, targets)
            if self.meanings.is_built_in(name):
                if name == "super":
                    return Super
                raise KeyError(name)
            self._plain.add(name)
            return self._remote.lookup(name)
        except NameError:
            raise KeyError(name) from None

    def _library(self, name: str, targets: list[str]) -> Any:
        """The tester's own of what the author imports under this name, if the student's session binds it to that."""
        __tracebackhide__ = True
        found = [testers_own(target) for target in targets]
        number = self._remote.operate("_bound_to", (name, targets), {})
        if type(number) is int and 0 <= number < len(targets):
            if not self._is_for_tests(found[number]):
                return self._remote.lookup(name)
            self._libraries[name] = found[number]
            return found[number]
        if self.meanings.may_be_bound_otherwise(name) or all(value is ABSENT for value in found):
            return self._remote.lookup(name)
        raise NotTheAuthors(name, targets)

    def _is_for_tests(self, value: Any) -> bool:
        """Can the tester's own take the place of the student's? Not a module that only the student has.

        Nor an object that could not be passed back to the student's code, and that judges nothing.
        """
        return value is not ABSENT and (callable(value) or self._remote.is_packable(value))

    def __contains__(self, name: object) -> bool:
        """Is it one of the test's names, or of the student's?"""
        if super().__contains__(name):
            return True
        return isinstance(name, str) and not _IPYTHONS.fullmatch(name) and name in self._students()

    def __iter__(self) -> Iterator[str]:
        """The test's names, then the student's."""
        own = list(super().__iter__())
        yield from own
        known = set(own)
        yield from (name for name in self._students() if name not in known and not _IPYTHONS.fullmatch(name))

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)

    def __delitem__(self, name: str) -> None:
        """Delete a name of the test's, or else the student's own."""
        if super().__contains__(name):
            super().__delitem__(name)
        elif name in self:
            self._remote.delete_name(name)
            self._libraries.pop(name, None)
        else:
            raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def pop(self, name: str, *default: Any) -> Any:
        """Delete a name: its value, or the default."""
        try:
            value = self[name]
        except KeyError:
            if default:
                return default[0]
            raise
        del self[name]
        return value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value of a name, which is given one if it has none."""
        if name not in self:
            self[name] = default
        return self[name]

    def keys(self) -> Any:
        """All names."""
        return collections.abc.KeysView(self)

    def values(self) -> Any:
        """Their values, each asked for when it is its turn."""
        return collections.abc.ValuesView(self)

    def items(self) -> Any:
        """Names and values, each asked for when it is its turn."""
        return collections.abc.ItemsView(self)

    def copy(self) -> dict[str, Any]:
        """All names and values."""
        return dict(self.items())

    def _students(self) -> list[str]:
        names = self._remote.operate("names", (), {})
        return [name for name in names if type(name) is str] if type(names) is list else []
