"""Alternative answers to exercises, right and wrong, that prove the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from course_lib.errors import CourseError
from grader.authoring.project import Project
from grader.authoring.source import Cell, Source, read


@dataclass(frozen=True)
class Answer:
    """A complete alternative to one answer cell.

    Attributes:
        exercise: name of the exercise.
        verdict: whether it must earn everything or lose.
        label: the idea of a right answer, the mistake of a wrong one.
        loses: names of the cases that a wrong answer loses, all of them.
        hint: text that the failing table must contain ('' if none is asked for).
        source: the code.
        line: where it stands in the answers file, counted from 1.
    """

    exercise: str
    verdict: Literal["right", "wrong"]
    label: str
    loses: tuple[str, ...]
    hint: str
    source: str
    line: int


@dataclass(frozen=True)
class Answers:
    """The answers file of a module."""

    module: str
    answers: list[Answer]

    def of(self, exercise: str, verdict: Literal["right", "wrong"]) -> list[Answer]:
        """The right or the wrong answers to one exercise."""
        return [a for a in self.answers if (a.exercise, a.verdict) == (exercise, verdict)]


def load(project: Project, module: str) -> Answers:
    """Read `solutions/NN_topic.answers.md`.

    Raises:
        CourseError: the file is missing or an answer lacks its exercise, its verdict or its line of explanation.
    """
    source = read(project.answers_source(module))
    return Answers(module, [_answer(source, cell) for cell in source.cells if cell.is_code])


def _answer(source: Source, cell: Cell) -> Answer:
    where = f"{source.path}:{cell.line}"
    verdicts = [tag for tag in cell.options.get("tags", []) if tag in ("right", "wrong")]
    if len(verdicts) != 1 or not cell.name:
        raise CourseError(f"{where}: an answer needs `:tags: [right]` or `[wrong]` and `:answer: exercise`.")
    key = "idea" if verdicts[0] == "right" else "mistake"
    label = str(cell.options.get(key) or "")
    if not label:
        raise CourseError(f"{where}: a {verdicts[0]} answer needs its line `:{key}: ...`.")
    loses = tuple(cell.options.get("loses", ()))
    if (verdicts[0] == "wrong") != bool(loses):
        raise CourseError(f"{where}: a wrong answer names the cases it `:loses:`, a right one loses none.")
    return Answer(cell.name, verdicts[0], label, loses, str(cell.options.get("hint", "")), cell.source, cell.line)
