"""Parts of libraries that a test passes by name: a module, class or function, found again by an import."""

from __future__ import annotations

import importlib
import operator
from typing import Any


class NotHere:
    """Stands for a part of a library that cannot be imported here: out of bounds, or not installed."""

    def __init__(self, name: str, problem: str) -> None:
        self._name, self._problem = name, problem

    def __getattr__(self, name: str) -> Any:
        """Say why there is nothing."""
        raise ImportError(f"{self._name} cannot be used here: {self._problem}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Say why there is nothing."""
        raise ImportError(f"{self._name} cannot be used here: {self._problem}")


def part_of_library(name: str) -> Any:
    """What `module:attribute`, or a module alone, is here; something that says why not, where it cannot be had."""
    module, _, path = name.partition(":")
    try:
        found = importlib.import_module(module)
        return operator.attrgetter(path)(found) if path else found
    except (ImportError, AttributeError) as problem:
        return NotHere(name.replace(":", "."), str(problem))
