"""What the exercises of a source rule out (`rules_out`, `tests_only`), and how the student is told."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

from course_lib.ruled_out import CodeCell, Owner
from course_lib.ruled_out.rules import Rule
from course_lib.ruled_out.scopes import bindings
from course_lib.ruled_out.timeline import Timeline
from course_lib.ruled_out.words import listed
from grader.authoring import code
from grader.authoring.source import Cell, Source

KEY = "rules_out"
_OWNERS = {"answer": Owner.STUDENT, "tests": Owner.TEST, "tests_only": Owner.TESTS_ONLY}


def everywhere(source: Source) -> list[str]:
    """The names that every exercise of the assignment rules out."""
    return _listed(source.course.get(KEY))


def of_cell(cell: Cell) -> list[str]:
    """The names that an answer cell itself rules out."""
    return _listed(cell.options.get(KEY))


def by_exercise(source: Source) -> dict[str, list[str]]:
    """All that each exercise rules out; exercises that rule out nothing are not there."""
    found = {c.name: list(dict.fromkeys([*of_cell(c), *everywhere(source)])) for c in source.of_kind("answer")}
    return {name: names for name, names in found.items() if names}


def helpers(source: Source) -> list[str]:
    """The names that only the cells `tests_only` define."""
    mine = _defined(source.of_kind("tests_only"))
    return sorted(mine - _defined(source.of_kind("shared", "given")))


def late_gifts(source: Source) -> Iterator[tuple[Cell, str]]:
    """Yield each name that a cell `tests_only` defines and a given cell below it defines again, with the latter.

    Where there is one kernel, an answer between the two finds the name; where answers run alone, it does not.
    """
    held: set[str] = set()
    given: set[str] = set()
    for cell in source.of_kind("tests_only", "shared", "given"):
        names = _defined([cell])
        if cell.kind == "tests_only":
            held |= names - given
        else:
            yield from ((cell, name) for name in sorted(names & held))
            given |= names
            held -= names


def code_cells(source: Source) -> list[CodeCell]:
    """The code of a source by who writes it; its answers are the student's."""
    return [
        CodeCell(
            cell.source, _OWNERS.get(cell.kind, Owner.GIVEN), cell.name + ("_tests" if cell.kind == "tests" else "")
        )
        for cell in source.cells
        if cell.is_code
    ]


def imports(source: Source) -> dict[str, str]:
    """What the given cells call their modules."""
    return {"np": "numpy"} | Timeline(code_cells(source)).imports()


def find(name: str, known: dict[str, str]) -> Any:
    """The object that a rule names.

    Raises:
        LookupError: there is none.
    """
    first, *rest = Rule.of(name, known).path.split(".")
    try:
        found: Any = importlib.import_module(first)
        for number, part in enumerate(rest):
            if not hasattr(found, part) and isinstance(found, ModuleType):
                importlib.import_module(".".join([first, *rest[: number + 1]]))
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise LookupError(str(error)) from error
    return found


def sentence(names: Sequence[str], known: dict[str, str]) -> str:
    """What the student reads in the text of the exercise."""
    modules = [name for name in names if not name.startswith(".") and isinstance(find(name, known), ModuleType)]
    parts = [f"`{name}`" for name in names if name not in modules]
    if modules:
        parts.append(f"anything of {listed([f'`{name}`' for name in modules], 'or')}")
    return f"Do not use {listed(parts, 'or')} here: you write it yourself."


def tell(source: Source) -> dict[int, str]:
    """The sentence for each text cell that stands above an answer with rules, by the line of the text cell."""
    known = imports(source)
    told: dict[int, str] = {}
    for answer in source.of_kind("answer"):
        if (names := of_cell(answer)) and (above := text_above(source, answer)):
            told[above.line] = sentence(names, known)
    return told


def text_above(source: Source, answer: Cell) -> Cell | None:
    """The text cell above an answer that belongs to its exercise; None where there is none."""
    for cell in reversed(source.cells[: source.cells.index(answer)]):
        if cell.kind == "text":
            return cell
        if cell.kind in ("answer", "tests", "written"):
            return None
    return None


def _defined(cells: Iterable[Cell]) -> set[str]:
    names: set[str] = set()
    for cell in cells:
        try:
            tree = code.parse(cell.source)
        except SyntaxError:  # the rule of the layout reports it
            continue
        names |= {bound.name for bound in bindings(tree.body) if not bound.changes}
    return names


def _listed(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []
