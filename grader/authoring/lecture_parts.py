"""The parts of a lecture and the exercises that practice them: each names the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from grader.authoring.source import Cell, Problem, Source

PART = re.compile(r"^## (?P<number>\d+)\.? (?P<title>.+)$", re.MULTILINE)
EXERCISE = re.compile(r"^### Exercise (?P<number>\d+): .+$", re.MULTILINE)


def parts(lecture: Source) -> Iterator[tuple[re.Match[str], Cell]]:
    """The numbered parts of a lecture: heading and cell."""
    for cell in lecture.of_kind("text"):
        if heading := PART.search(cell.source):
            yield heading, cell


def exercises(assignment: Source) -> dict[str, tuple[re.Match[str], Cell]]:
    """Heading and cell of each exercise that has a heading, by its name."""
    found: dict[str, tuple[re.Match[str], Cell]] = {}
    for place, cell in enumerate(assignment.cells):
        if cell.kind in ("text", "written") and (heading := EXERCISE.search(cell.source)):
            graded = (other for other in assignment.cells[place:] if other.kind in ("answer", "written"))
            if (answer := next(graded, None)) is not None:
                found.setdefault(answer.name, (heading, cell))
    return found


def linked(source: Source, partner: Source | None) -> Source:
    """The source with the exercises named under each part, and the part under each exercise.

    Args:
        partner: the assignment of a lecture, the lecture of an assignment; None where there is none.
    """
    if partner is None:
        return source
    if source.course.get("kind") == "lecture":
        below = dict(_practice(source, exercises(partner)))
    else:
        below = dict(_lecture(partner, exercises(source)))
    return replace(source, cells=[_with(cell, below[id(cell)]) if id(cell) in below else cell for cell in source.cells])


def problems(lecture: Source, assignment: Source) -> Iterator[Problem]:
    """Names that no exercise has; in the pattern also parts without an exercise and exercises without a part."""
    known, practiced = exercises(assignment), set()
    for _, cell in parts(lecture):
        names = _exercise_names(cell)
        practiced |= set(names)
        if lecture.follows_pattern and not names:
            yield lecture.problem(cell, 'a part names the exercises that practice it: `+++ {"practices": ["name"]}`.')
    for cell in lecture.cells:
        for name in _exercise_names(cell):
            if name not in known:
                yield lecture.problem(cell, f"practices {name}, but no exercise of the assignment has this name.")
            elif name not in practiced:
                yield lecture.problem(cell, "`practices` belongs to the cell with a heading such as `## 3. Title`.")
    for name, (_, cell) in known.items():
        if assignment.follows_pattern and name not in practiced:
            yield assignment.problem(cell, f"no part of the lecture names {name} under `practices`.")


def _exercise_names(cell: Cell) -> list[str]:
    names = cell.options.get("practices", [])
    return [str(name) for name in (names if isinstance(names, list) else [names])]


def _practice(lecture: Source, known: dict[str, tuple[re.Match[str], Cell]]) -> Iterator[tuple[int, tuple[str, str]]]:
    for heading, cell in parts(lecture):
        numbers = [known[name][0]["number"] for name in _exercise_names(cell) if name in known]
        if numbers:
            which = f"exercise {numbers[0]}" if len(numbers) == 1 else f"exercises {_listed(numbers)}"
            yield id(cell), (heading[0], f"*Practice: {which} of the assignment.*")


def _lecture(lecture: Source, known: dict[str, tuple[re.Match[str], Cell]]) -> Iterator[tuple[int, tuple[str, str]]]:
    places: dict[str, list[str]] = {}
    for part, cell in parts(lecture):
        for name in _exercise_names(cell):
            places.setdefault(name, []).append(f"part {part['number']}, {part['title']}")
    for name in places.keys() & known.keys():
        heading, exercise = known[name]
        yield id(exercise), (heading[0], f"*In the lecture: {'; '.join(places[name])}.*")


def _with(cell: Cell, what: tuple[str, str]) -> Cell:
    heading, line = what
    return replace(cell, source=cell.source.replace(heading, f"{heading}\n\n{line}", 1))


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
