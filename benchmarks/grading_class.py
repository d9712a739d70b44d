"""Classes of which the points are known: submissions made of right and wrong answers, and a course folder of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import small_assignment
from nbformat import NotebookNode

from grader.authoring import answers as answers_file
from grader.authoring.generate_release import generate
from grader.authoring.project import Project
from grader.course_dir import CourseDir
from grader.exchange.demo.assignment_facts import exercises
from grader.exchange.demo.students import WRITTEN

RIGHT_SHARES = (1.0, 0.75, 0.5, 0.0)
"""How much of a submission is right; each class has as many of one kind as of the other."""


@dataclass(frozen=True)
class Choice:
    """One answer to an exercise, and the points that it must earn; None for those that a person gives."""

    source: str
    points: float | None


@dataclass(frozen=True)
class Assignment:
    """An assignment with answers of all kinds.

    Attributes:
        solution: the complete notebook as a file has it.
        right, wrong: by answer cell.
        tests: the test cell that belongs to an answer cell.
    """

    name: str
    solution: str
    right: Mapping[str, Sequence[Choice]]
    wrong: Mapping[str, Sequence[Choice]]
    tests: Mapping[str, str]

    @cached_property
    def release(self) -> str:
        """The notebook that students get."""
        return generate(self.name, self.solution)

    def submission(self, number: int) -> tuple[NotebookNode, dict[str, float | None]]:
        """The notebook that student `number` hands in, and the points of its test cells."""
        dice = random.Random(number)
        share = RIGHT_SHARES[number % len(RIGHT_SHARES)]
        made = {}
        for name, right in self.right.items():
            made[name] = dice.choice(right if dice.random() < share or not self.wrong[name] else self.wrong[name])
        notebook: NotebookNode = nbformat.reads(self.release, as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.nbgrader.grade_id
            if name in made and made[name].source:
                cell["source"] = made[name].source
        return notebook, {self.tests[name]: choice.points for name, choice in made.items()}


def small(*left_out: str) -> Assignment:
    """The small assignment with torch, some exercises left out. One kind of wrong answer is the cell as it came."""
    right: dict[str, list[Choice]] = {}
    wrong: dict[str, list[Choice]] = {}
    chosen = [exercise for exercise in small_assignment.EXERCISES if exercise.name not in left_out]
    for exercise in chosen:
        choices = [Choice(source, points) for source, points in exercise.others]
        right[exercise.name] = [Choice(exercise.solution, exercise.points)]
        right[exercise.name] += [choice for choice in choices if choice.points == exercise.points]
        wrong[exercise.name] = [Choice("", 0.0)] + [choice for choice in choices if choice.points != exercise.points]
    tests = {name: small_assignment.tests_of(name) for name in right}
    return Assignment(small_assignment.NAME, nbformat.writes(small_assignment.solution(chosen)), right, wrong, tests)


def module(name: str) -> Assignment:
    """A module of the course, with the answers that prove its tests."""
    project = Project.find(Path(__file__))
    text = project.solution(name).read_text("utf-8")
    answers = answers_file.load(project, name)
    right: dict[str, list[Choice]] = {}
    wrong: dict[str, list[Choice]] = {}
    tests = {}
    for exercise in exercises(nbformat.reads(text, as_version=4)):
        points = None if exercise.by_hand else exercise.points
        right[exercise.name] = [Choice(WRITTEN if exercise.by_hand else exercise.solution, points)]
        right[exercise.name] += [Choice(answer.source, points) for answer in answers.of(exercise.name, "right")]
        wrong[exercise.name] = [
            Choice(answer.source, exercise.points_without(answer.loses))
            for answer in answers.of(exercise.name, "wrong")
        ]
        tests[exercise.name] = exercise.tests
    return Assignment(name, text, right, wrong, tests)


def students(size: int) -> list[str]:
    """So many student ids; the first letter tells two halves with answers of all kinds apart."""
    return [f"{'ab'[number // len(RIGHT_SHARES) % 2]}{number:04}" for number in range(size)]


def hand_in(assignment: Assignment, folder: Path, size: int) -> dict[str, dict[str, float | None]]:
    """Write a class's submissions to `folder/STUDENT/NAME/NAME.ipynb`; the points that they must earn."""
    expected = {}
    for number, student in enumerate(students(size)):
        notebook, expected[student] = assignment.submission(number)
        _write(folder / student / assignment.name / f"{assignment.name}.ipynb", nbformat.writes(notebook))
    return expected


def our_course(assignment: Assignment, folder: Path) -> CourseDir:
    """A course folder of ours with the assignment built, not yet released."""
    course = CourseDir.of_checkout(folder)
    _write(folder / "pyproject.toml", "")
    _write(folder / "solutions" / f"{assignment.name}.md", "")
    _write(course.solution(assignment.name), assignment.solution)
    _write(course.released(assignment.name), assignment.release)
    return course


def nbgraders_course(assignment: Assignment, folder: Path) -> None:
    """A course folder as nbgrader's quickstart makes it, with all its defaults; not yet released."""
    _write(folder / "nbgrader_config.py", "c = get_config()\n")
    _write(folder / "source" / assignment.name / f"{assignment.name}.ipynb", assignment.solution)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
