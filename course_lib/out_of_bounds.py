"""Modules that an assignment puts out of bounds, because they hold the answer: importing them fails, and says why."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable


def sentence(module: str) -> str:
    """What a student reads who imports a module that is out of bounds."""
    return f"{module} is out of bounds in this assignment: you write it yourself here."


def bound(name: str, modules: Iterable[str]) -> str:
    """Which of these modules `name` is, or lies in; "" for none."""
    return next((module for module in modules if f"{name}.".startswith(f"{module}.")), "")


def refuse_imports(modules: Iterable[str], *, except_in: Iterable[str] = ()) -> None:
    """Let every import of these modules in this process fail from now on, but in the cells of these digests."""
    refusal = _Refusal(tuple(modules))
    refusal.begin()
    sys.meta_path.insert(0, refusal)
    if trusted := frozenset(except_in):
        from IPython import get_ipython

        events = get_ipython().events
        events.register("pre_run_cell", lambda info: refusal.end() if digest(info.raw_cell) in trusted else None)
        events.register("post_run_cell", lambda result: refusal.begin())


def digest(cell: str) -> str:
    """By what a cell is known."""
    return hashlib.sha256(cell.encode("utf-8", "replace")).hexdigest()


class _Refusal:
    """A finder that finds nothing and lets nobody after it look."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._modules, self._refuses = modules, False

    def begin(self) -> None:
        """Refuse from now on, also what was imported before."""
        self._refuses = True
        known = list(sys.modules)  # at once: other threads of the kernel import, too
        for name in (name for name in known if bound(name, self._modules)):
            del sys.modules[name]
            package, _, last = name.rpartition(".")
            if package in sys.modules:  # else `from package import last` would find it there
                vars(sys.modules[package]).pop(last, None)

    def end(self) -> None:
        """Refuse nothing for now."""
        self._refuses = False

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for what is out of bounds: Python itself swallows some ModuleNotFoundErrors."""
        if self._refuses and (module := bound(name, self._modules)):
            raise ImportError(sentence(module), name=module)
