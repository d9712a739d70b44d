"""The rules of a notebook: names that an exercise rules out, and names that are for its tests alone."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from course_lib.ruled_out.same import function_of, is_module, is_of_a_library, is_raw, really, same


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

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of methods and of libraries' functions that do what is ruled out; none for a module."""
        if self.method:
            return same(self.method)
        library, _, name = self.path.rpartition(".")
        return frozenset() if library in ("", "builtins") or is_module(self.path) else same(name)

    def is_called(self, path: str) -> bool:
        """Whether the method is ruled out, and this is the whole name of a library's function called like it."""
        return bool(self.method) and function_of(path) == self.method

    def is_like(self, path: str) -> bool:
        """Whether the library's function of this whole name does what is ruled out, wherever it stands."""
        if is_raw(path) and f"{self.path}.".startswith("torch.nn."):
            return True
        return is_of_a_library(path) and function_of(path) in self.names

    def shown(self, path: str) -> str:
        """The whole name `path` in the words of the rule: np.convolve, or np.convolve as numpy.polymul."""
        if self.matches(path):
            return self.text + path.removeprefix(self.path)
        return self.text if function_of(path) == self.method else f"{self.text} as {path}"


class RuledOut:
    """All that one exercise rules out."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._packages = frozenset(rule.path.partition(".")[0] for rule in rules) - {"", "builtins"}
        self._methods = {name: rule for rule in rules if rule.method for name in rule.names}
        self._methods |= {rule.method: rule for rule in rules if rule.method}

    def objects(self, paths: Iterable[str]) -> list[str]:
        """What the rules call the objects of these whole names; where none names them, what they do the same as."""
        pairs = [(rule, really(path, self._packages)) for rule in self._rules for path in sorted(paths)]
        named = [pair for pair in pairs if pair[0].matches(pair[1]) or pair[0].is_called(pair[1])]
        alike = sorted((pair for pair in pairs if pair[0].is_like(pair[1])), key=lambda pair: not pair[0].names)
        return [rule.shown(path) for rule, path in named or alike[:1]]

    def method(self, name: str) -> str:
        """What the rules call a method or attribute of this name of whatever object; "" for what is allowed."""
        rule = self._methods.get(name)
        if rule is None:
            return ""
        return rule.text if name == rule.method else f"{rule.text} as .{name}"

    def may_come_by_star(self, module: str, name: str) -> bool:
        """Whether all names of a module are among them `name`; a module that no rule knows is not run to find out."""
        if module.partition(".")[0] in self._packages:
            return _brings_by_star(module, name)
        return not any(name in rule.names for rule in self._rules)


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


@cache
def _brings_by_star(module: str, name: str) -> bool:
    """Whether `from module import *` brings `name`. One that cannot be imported here may bring anything."""
    try:
        found = importlib.import_module(module)
    except ImportError:
        return True
    public = getattr(found, "__all__", None)
    return name in public if public is not None else hasattr(found, name) and not name.startswith("_")
