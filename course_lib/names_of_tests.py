"""In the kernel: a test cell finds the names of its helpers as the given cells bound them, as in grading.

There the tests have a namespace of their own. Here a student's scratch `signal = [2, 3, 5]` stands in the only one,
so it is put aside while a test runs.
"""

from __future__ import annotations

import builtins
import symtable
import types
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from course_lib.out_of_bounds import digest

_ABSENT = object()
_LOOPS = ("listcomp", "setcomp", "dictcomp", "genexpr")  # they run with their cell, not when a test calls them


def keep_names(
    tests: Iterable[str], helpers: Iterable[str], given: Iterable[str], *, exercises: Iterable[str] = ()
) -> None:
    """Keep them in this kernel for the test cells of these digests.

    Args:
        tests: the test cells.
        helpers: the given cells that the tests build on.
        given: the other given cells.
        exercises: names that are the student's to define.
    """
    from IPython import get_ipython

    shell = get_ipython()
    kinds = dict.fromkeys(given, "given") | dict.fromkeys(helpers, "helper") | dict.fromkeys(tests, "test")
    names = _Names(shell.user_ns, frozenset(exercises))

    def begin(info: Any) -> None:
        kind = kinds.get(digest(info.raw_cell), "")
        names.begin(kind)
        if not kind:
            with suppress(SyntaxError, ValueError, RecursionError):  # ValueError: a null character; it cannot run
                names.note_reads(shell.transform_cell(info.raw_cell))

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", lambda result: names.end())


class _Names:
    """The namespace of a kernel, and what the tests' names stand for in it."""

    def __init__(self, namespace: dict[str, Any], exercises: frozenset[str]) -> None:
        self._namespace, self._exercises = namespace, exercises
        self._own: dict[str, Any] = {}  # the helpers' modules, functions and classes
        self._course = {name for name in namespace if _is_builtin(name)}  # bound by IPython or by a given cell
        self._read: set[str] = set()  # global names in functions of the student
        self._kind, self._before, self._aside = "", dict[str, Any](), dict[str, Any]()

    def begin(self, kind: str) -> None:
        """A cell begins: a "test", a "helper" of the tests, another "given" cell, or "", the student's."""
        self._kind, self._aside = kind, {}
        if kind == "test":
            self._put_aside()
        self._before = dict(self._namespace) if kind else {}

    def note_reads(self, source: str) -> None:
        """The student's functions need these names as they are, also in a test."""
        self._read |= set(_read_in_functions(symtable.symtable(source, "cell", "exec")))

    def end(self) -> None:
        """The cell has ended, well or not."""
        if self._kind:
            self._learn()
        for name, value in self._aside.items():
            self._bind(name, value)
        self._kind, self._before, self._aside = "", {}, {}

    def _put_aside(self) -> None:
        shadows = {name: _ABSENT for name in self._namespace if _is_builtin(name) and name not in self._course}
        for name, own in (shadows | self._own).items():
            here = self._namespace.get(name, _ABSENT)
            if here is not own and name not in self._read | self._exercises:
                self._aside[name] = here
                self._bind(name, own)

    def _learn(self) -> None:
        """What the cell bound is the course's own."""
        for name, value in self._namespace.items():
            if name in self._exercises or value is self._before.get(name, _ABSENT):
                continue
            if _is_builtin(name):
                self._course.add(name)
            if (self._kind == "helper" and _is_code(value)) or (self._kind == "test" and name in self._own):
                self._own[name] = value

    def _bind(self, name: str, value: Any) -> None:
        if value is _ABSENT:
            self._namespace.pop(name, None)
        else:
            self._namespace[name] = value


def _is_builtin(name: str) -> bool:
    return not name.startswith("_") and hasattr(builtins, name)


def _is_code(value: Any) -> bool:
    """Whether it is a module, a function or a class: data may be changed by the cells after it."""
    return isinstance(value, types.ModuleType) or callable(value)


def _read_in_functions(table: symtable.SymbolTable, *, inside: bool = False) -> Iterator[str]:
    """The global names that functions use, or bind, when they are called."""
    if inside:
        yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_global())
    for child in table.get_children():
        called = child.get_type() == "function" and child.get_name() not in _LOOPS
        yield from _read_in_functions(child, inside=inside or called)
