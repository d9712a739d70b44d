"""Modules that an assignment puts out of bounds, because they hold the answer: importing them fails, and says why."""

from __future__ import annotations

import sys
from collections.abc import Iterable


def sentence(module: str) -> str:
    """What a student reads who imports a module that is out of bounds."""
    return f"{module} is out of bounds in this assignment: you write it yourself here."


def bound(name: str, modules: Iterable[str]) -> str:
    """Which of these modules `name` is, or lies in; "" for none."""
    return next((module for module in modules if f"{name}.".startswith(f"{module}.")), "")


def refuse_imports(modules: Iterable[str]) -> None:
    """Let every import of these modules in this process fail from now on."""
    forbidden = tuple(modules)
    for name in [name for name in sys.modules if bound(name, forbidden)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Refusal(forbidden))


class _Refusal:
    """A finder that finds nothing and lets nobody after it look."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for what is out of bounds: Python itself swallows some ModuleNotFoundErrors."""
        if module := bound(name, self._modules):
            raise ImportError(sentence(module), name=module)
