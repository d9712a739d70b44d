"""Alternative answers to exercises, right, wrong and cheating, that prove the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from course_lib.errors import CourseError
from grader.authoring.project import Project
from grader.authoring.source import Cell, Source, read

Kind = Literal["right", "wrong", "cheating"]
_LABELS: dict[Kind, str] = {"right": "idea", "wrong": "mistake", "cheating": "uses"}


@dataclass(frozen=True)
class Answer:
    """A complete alternative to one answer cell.

    Attributes:
        exercise: name of the exercise.
        verdict: whether it must earn everything, lose, or be refused since it uses what the exercise rules out.
        label: the idea of a right answer, the mistake of a wrong one, the name that a cheating one uses.
        loses: names of the cases that a wrong answer loses, all of them.
        hint: text that the failing table must contain ('' if none is asked for).
        source: the code.
        line: where it stands in the answers file, counted from 1.
    """

    exercise: str
    verdict: Kind
    label: str
    loses: tuple[str, ...]
    hint: str
    source: str
    line: int


@dataclass(frozen=True)
class Mark:
    """A mark on mutants that are not caught, and need not be.

    Attributes:
        exercise: name of the exercise.
        fate: equivalent, since they do the same as the solution, or tolerated, although they do not.
        why: one line that says why.
        changes: of each mutant, its lines before and after, as `course prove` prints them.
        line: where the mark stands in the answers file, counted from 1.
    """

    exercise: str
    fate: Literal["equivalent", "tolerated"]
    why: str
    changes: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True)
class Answers:
    """The answers file of a module."""

    module: str
    answers: list[Answer]
    marks: list[Mark] = field(default_factory=list)

    def of(self, exercise: str, verdict: Kind) -> list[Answer]:
        """The answers of one kind to one exercise."""
        return [a for a in self.answers if (a.exercise, a.verdict) == (exercise, verdict)]


def load(project: Project, module: str) -> Answers:
    """Read `solutions/NN_topic.answers.md`.

    Raises:
        CourseError: the file is missing, or an answer or a mark lacks its exercise or its line of explanation.
    """
    source = read(project.answers_source(module))
    cells = [cell for cell in source.cells if cell.is_code]
    answers = [_answer(source, cell) for cell in cells if not _fates(cell)]
    return Answers(module, answers, [_mark(source, cell) for cell in cells if _fates(cell)])


def _fates(cell: Cell) -> list[Literal["equivalent", "tolerated"]]:
    return [fate for fate in ("equivalent", "tolerated") if fate in cell.options.get("tags", [])]


def _mark(source: Source, cell: Cell) -> Mark:
    where = f"{source.path}:{cell.line}"
    why = str(cell.options.get("why") or "")
    if not cell.name or not why:
        raise CourseError(f"{where}: a mark on mutants needs `:answer: exercise` and its line `:why: ...`.")
    return Mark(cell.name, _fates(cell)[0], why, tuple(_changes(cell.source, where)), cell.line)


def _changes(text: str, where: str) -> Iterator[tuple[str, str]]:
    """The pairs of `- before` and `+ after`, each of one line or several."""
    for match in re.finditer(r"((?:^-.*\n?)+)((?:^\+.*\n?)+)|^.+", text, re.MULTILINE):
        before, after = match.groups()
        if before is None:
            raise CourseError(f"{where}: a mutant is written as lines that begin with `- `, then lines with `+ `.")
        yield _lines(before), _lines(after)


def _lines(part: str) -> str:
    return "\n".join(line[1:].strip() for line in part.strip().split("\n"))


def _answer(source: Source, cell: Cell) -> Answer:
    where = f"{source.path}:{cell.line}"
    verdicts = [kind for kind in _LABELS if kind in cell.options.get("tags", [])]
    if len(verdicts) != 1 or not cell.name:
        kinds = "`:tags: [right]`, `[wrong]` or `[cheating]`"
        raise CourseError(f"{where}: an answer needs {kinds} and `:answer: exercise`.")
    verdict = verdicts[0]
    label = str(cell.options.get(_LABELS[verdict]) or "")
    if not label:
        raise CourseError(f"{where}: a {verdict} answer needs its line `:{_LABELS[verdict]}: ...`.")
    loses = tuple(cell.options.get("loses", ()))
    if (verdict == "wrong") != bool(loses):
        raise CourseError(f"{where}: a wrong answer names the cases it `:loses:`, others name none.")
    return Answer(cell.name, verdict, label, loses, str(cell.options.get("hint", "")), cell.source, cell.line)
