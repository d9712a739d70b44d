"""Packages out of bounds exist, are named to the student, and only tests need them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import course_lib
from course_lib.out_of_bounds import bound
from course_lib.selfcheck.bounds import imported as imported_by
from grader import import_graph
from grader.authoring.source import Cell, Problem, Source

KEY = "out_of_bounds"
PACKAGE = "course_lib"
_ROOT = Path(course_lib.__file__).resolve().parents[1]


def valid(source: Source) -> Iterator[Problem]:
    """`out_of_bounds:` is a list of packages of the course's library."""
    if KEY not in source.course:
        return
    names = source.course[KEY]
    line = _line_of_key(source)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield Problem(source.path, line, f"`{KEY}:` is a list of packages, such as [course_lib.nn].")
        return
    for name in names:
        if not name.startswith(f"{PACKAGE}."):
            reason = f"only packages of {PACKAGE} can be, since other packages need theirs"
            yield Problem(source.path, line, f"{name} cannot be out of bounds: {reason}.")
        elif not _is_package(name):
            yield Problem(source.path, line, f"{name} cannot be out of bounds: there is no such package, a folder.")


def named(source: Source) -> Iterator[Problem]:
    """The student is told."""
    text = "\n".join(cell.source for cell in source.of_kind("text"))
    for name in _modules(source):
        if name not in text:
            message = f"no text of the assignment says that {name} is out of bounds: tell the student not to import it."
            yield Problem(source.path, _line_of_key(source), message)


def unused(source: Source) -> Iterator[Problem]:
    """No cell but tests imports them, neither itself nor through another part of the library.

    Tests may: the tester alone runs them, and `course check` lets them.
    """
    forbidden = _modules(source)
    if not forbidden:
        return
    for cell in source.of_kind("given", "shared", "answer"):
        for name in dict.fromkeys(imported_by(cell.source)):
            if module := bound(name, forbidden):
                message = f"this cell imports {name}, and {module} is out of bounds."
                yield source.problem(cell, message, _where(cell, name))
            elif way := _needs(name, forbidden):
                message = f"this cell imports {name}, which itself imports {way}, and that is out of bounds."
                yield source.problem(cell, message, _where(cell, name))


def _modules(source: Source) -> tuple[str, ...]:
    return () if any(valid(source)) else tuple(source.course.get(KEY, ()))


def _needs(name: str, forbidden: tuple[str, ...]) -> str:
    """The module out of bounds that importing `name` leads to; "" for none."""
    if not f"{name}.".startswith(f"{PACKAGE}."):
        return ""
    start = [str(path.relative_to(_ROOT)) for path in import_graph.candidates(_ROOT, name)]
    reached = import_graph.files(_ROOT, start, PACKAGE)
    names = (path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sorted(reached))
    return next((module for reached_name in names if (module := bound(reached_name, forbidden))), "")


def _is_package(name: str) -> bool:
    """Only a whole folder can be taken away: the compiled form of a single file would lie beside those of others."""
    return (_ROOT.joinpath(*name.split(".")) / "__init__.py").is_file()


def _line_of_key(source: Source) -> int:
    lines = source.path.read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if f"{KEY}:" in line), 1)


def _where(cell: Cell, name: str) -> int:
    """Lines below the cell's first on which the last part of `name` stands."""
    last = name.split(".")[-1]
    return next((number for number, line in enumerate(cell.source.split("\n")) if last in line), 0)
