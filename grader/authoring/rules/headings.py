"""The headings of exercises: what they promise is what the cells below them give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.authoring.source import Cell, Problem, Source

_EXERCISE = re.compile(r"^#+ +Exercise (\d+):[^\n]*?(?:\(([\d.]+) points?\))?[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +.+$", re.MULTILINE)


@dataclass
class _Exercise:
    """An exercise as its heading has it, and the points of the cells below."""

    cell: Cell
    offset: int
    number: int
    says: str | None
    points: float = 0


def numbers(source: Source) -> Iterator[Problem]:
    """Exercises are numbered 1, 2, 3 and so on: two of one number, or none, are a slip that a student trips over."""
    for place, exercise in enumerate(_exercises(source), start=1):
        if exercise.number != place:
            message = f"Exercise {exercise.number} is number {place} of its assignment: number it so."
            yield source.problem(exercise.cell, message, exercise.offset)
            return  # those behind it follow


def promised_points(source: Source) -> Iterator[Problem]:
    """The points in the heading are those of the cells below it."""
    for exercise in _exercises(source):
        if exercise.says is None:
            message = (
                f"the heading of Exercise {exercise.number} ends in its points: ({_points_in_words(exercise.points)})."
            )
        elif float(exercise.says) != exercise.points:
            message = f"the heading says {exercise.says} points, and the cells below it give {exercise.points:g}."
        else:
            continue
        yield source.problem(exercise.cell, message, exercise.offset)


def _exercises(source: Source) -> list[_Exercise]:
    found: list[_Exercise] = []
    below = False
    for cell in source.cells:
        if cell.kind in ("text", "written"):
            for heading in _HEADING.finditer(cell.source):
                match = _EXERCISE.match(heading[0])
                below = match is not None or (below and heading[0].startswith("####"))
                if match:
                    offset = cell.source.count("\n", 0, heading.start())
                    found.append(_Exercise(cell, offset, int(match[1]), match[2]))
        worth = cell.options.get("points", 0)
        if below and cell.kind in ("tests", "written") and isinstance(worth, int | float):
            found[-1].points += worth
    return found


def _points_in_words(worth: float) -> str:
    return f"{worth:g} point" + ("" if worth == 1 else "s")
