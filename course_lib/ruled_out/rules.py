"""The rules of a notebook: names that an exercise rules out, and names that are for its tests alone."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One name that is ruled out.

    Attributes:
        text: as the author wrote it: `np.convolve`, `scipy`, `sum`, `.backward`.
        path: the whole name: `numpy.convolve`, `scipy`, `builtins.sum`; "" for a method.
        method: the name behind the dot, of whatever object; "" for other rules.
    """

    text: str
    path: str = ""
    method: str = ""

    @classmethod
    def of(cls, text: str, imports: Mapping[str, str]) -> Rule:
        """Read one rule; `imports` says what the notebook calls its modules: {"np": "numpy"}."""
        if text.startswith("."):
            return cls(text, method=text[1:])
        first, dot, rest = text.partition(".")
        if first in imports:
            return cls(text, imports[first] + dot + rest)
        return cls(text, f"builtins.{text}" if not dot and hasattr(builtins, text) else text)

    def matches(self, path: str) -> bool:
        """Whether the object of this whole name is ruled out: it is the one named, or lies in it."""
        return bool(self.path) and f"{path}.".startswith(f"{self.path}.")

    def is_called(self, path: str) -> bool:
        """Whether the method is ruled out, and this is the whole name of a library's function called like it."""
        library, _, name = path.rpartition(".")
        return bool(self.method) and name == self.method and library not in ("", "builtins")

    def leads(self, path: str) -> bool:
        """Whether what is ruled out lies in the module of this whole name."""
        return self.path.startswith(f"{path}.")

    def shown(self, path: str) -> str:
        """The whole name `path` in the words of the rule: np.convolve."""
        return self.text + path.removeprefix(self.path)


@dataclass(frozen=True)
class Rules:
    """What a notebook's metadata rules out (`course.rules_out`, `course.tests_only`).

    Attributes:
        ruled_out: names by exercise.
        tests_only: names that the tests alone may use.
    """

    ruled_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tests_only: frozenset[str] = frozenset()

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Rules:
        """Read them from a notebook's metadata; what is damaged rules out nothing."""
        course = metadata.get("course")
        part = course if isinstance(course, Mapping) else {}
        ruled_out = part.get("rules_out")
        found = ruled_out.items() if isinstance(ruled_out, Mapping) else ()
        return cls({str(name): _texts(names) for name, names in found}, frozenset(_texts(part.get("tests_only"))))

    def __bool__(self) -> bool:
        """Whether anything is ruled out."""
        return any(self.ruled_out.values()) or bool(self.tests_only)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else ()
