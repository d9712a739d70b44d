"""The names of the student's notebook, as the tester asks for them and changes them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from grader.engine.student.library_parts import NotHere

_ABSENT = object()


class Names:
    """The namespace of the notebook.

    Args:
        shell: runs the notebook.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._before: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """The value of a name. Raises NameError when it has none."""
        namespace = self._shell.user_ns
        if name not in namespace:
            raise NameError(f"name {name!r} is not defined", name=name)
        return namespace[name]

    def all(self) -> list[str]:
        """All names that are bound."""
        return [key for key in self._shell.user_ns if isinstance(key, str)]

    def bound_to(self, name: str, targets: Sequence[str]) -> int:
        """Which of these `module` or `module:attribute` the name is bound to; -1 for something else.

        Raises NameError when it is not bound at all.
        """
        value = self.value(name)
        return next((number for number, target in enumerate(targets) if _found(target) is value), -1)

    def bind(self, names: Sequence[str], values: Sequence[Any]) -> None:
        """Bind names that a test has bound; not those of what cannot be imported here."""
        bound = {name: value for name, value in zip(names, values, strict=True) if not isinstance(value, NotHere)}
        self._remember([*bound])
        self._shell.user_ns.update(bound)

    def unbind(self, names: Sequence[str]) -> None:
        """Delete names that a test has deleted."""
        self._remember(names)
        for name in names:
            self._shell.user_ns.pop(name, None)

    def put_back(self, names: Sequence[str]) -> None:
        """Give names what they were bound to before a test bound or deleted them."""
        for name in names:
            if name in self._before:
                self._shell.user_ns[name] = self._before.pop(name)

    def begin_cell(self) -> None:
        """A cell of the notebook runs: what it binds is not to be put back."""
        self._before.clear()

    def _remember(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self._shell.user_ns:
                self._before.setdefault(name, self._shell.user_ns[name])


def _found(target: str) -> Any:
    module, _, name = target.partition(":")
    found = sys.modules.get(module, _ABSENT)
    if name and found is not _ABSENT:
        return getattr(found, name, sys.modules.get(f"{module}.{name}", _ABSENT))
    return found
