"""What a name in a test means, when the test has not bound it itself: the author's notebook decides.

A name that the author imports is the tester's own module or function, provided that the student's session binds it to
that too. So neither `np = Fake()` nor `from numpy import isfinite as allclose` can judge.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import types
from collections.abc import Sequence
from typing import Any

from grader.engine.author_names import STAR
from grader.engine.encoding.tags import Node

CONVENTIONAL = {
    "np": "numpy",
    "numpy": "numpy",
    "plt": "matplotlib.pyplot",
    "matplotlib": "matplotlib",
    "pd": "pandas",
    "pandas": "pandas",
    "scipy": "scipy",
    "torch": "torch",
    "math": "math",
    "pytest": "pytest",
}
"""Names that mean a module by custom, where the author's notebook does not bind them."""

ABSENT = object()


class Meanings:
    """The bindings of the author's notebook up to the test cell that runs.

    Args:
        bindings: [position of the cell, name, target] of each, in order.
    """

    def __init__(self, bindings: Sequence[Node] = ()) -> None:
        self._ahead = list(bindings)
        self._imports: dict[str, list[str]] = {}
        self._others: set[str] = set()
        self._stars: list[str] = []
        self._modules: list[str] = []

    def advance(self, position: int) -> list[str]:
        """Take over what stands before this position; the names that were bound there since the last time."""
        bound = []
        while self._ahead and self._ahead[0][0] < position:
            _, name, target = self._ahead.pop(0)
            if name == STAR:
                self._stars.append(target)
                continue
            bound.append(name)
            if not target:
                self._others.add(name)
            elif target not in self._imports.setdefault(name, []):
                self._imports[name].append(target)
        return bound

    def targets(self, name: str) -> list[str]:
        """What the author imports under this name; nothing where it is the student's, or built in."""
        found = self._imports.get(name, [])
        if self._stars:
            found = [*found, *(f"{module}:{name}" for module in self._stars if name in _public(module))]
        if found or name in self._others or hasattr(builtins, name):
            return found
        if name in CONVENTIONAL:
            return [CONVENTIONAL[name]]
        return [f"numpy.testing:{name}"] if name.startswith("assert_") and name in _public("numpy.testing") else []

    def is_built_in(self, name: str) -> bool:
        """Does this name mean what is built into Python, whatever the student's session says?"""
        return hasattr(builtins, name) and name not in self._others

    def may_be_bound_otherwise(self, name: str) -> bool:
        """Does the author also bind this name to something that is not imported?"""
        return name in self._others


def testers_own(target: str) -> Any:
    """The tester's own module or part of one; ABSENT where the tester has no such module."""
    module, _, name = target.partition(":")
    try:
        found: Any = importlib.import_module(module)
        if not name:
            return found
        if hasattr(found, name):
            return getattr(found, name)
        return importlib.import_module(f"{module}.{name}")
    except ImportError:
        return ABSENT


def module_of(target: str) -> types.ModuleType | None:
    """The tester's own module of this target, if it is one."""
    found = testers_own(target)
    return found if isinstance(found, types.ModuleType) else None


def _public(module: str) -> Sequence[str]:
    """The names that a `from module import *` gives."""
    found = sys.modules.get(module) or module_of(module)
    if found is None:
        return ()
    names: Sequence[str] = getattr(found, "__all__", None) or [n for n in vars(found) if not n.startswith("_")]
    return names
