"""Ten invented students: what each hands in, and the points that must come out. Made of the answers file, no dice."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course_lib.errors import CourseError
from grader.authoring.answers import Answer, Answers
from grader.exchange.demo.exercises import Exercise

NAMES = (
    ("Amara", "Okafor"),
    ("Mateo", "Quispe"),
    ("Yuki", "Tanabe"),
    ("Zoë", "Lindqvist"),
    ("Priya", "Raghavan"),
    ("Omar", "Haddad"),
    ("Katarzyna", "Wójcik"),
    ("Liam", "O'Connell"),
    ("Leilani", "Kealoha"),
    ("Jamal", "Whitfield"),
)
MISTAKES = (1, 1, 2, 2, 3)
WRITTEN = "I think one set of weights is enough because the same thing can appear anywhere in the picture."


@dataclass(frozen=True)
class DemoStudent:
    """One student of the demonstration.

    Attributes:
        story: what is the matter with the submission, for the report.
        notebook: what is handed in.
        expected: points per exercise; None where a person must decide.
    """

    first_name: str
    last_name: str
    story: str
    notebook: NotebookNode
    expected: dict[str, float | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The student id: the name in plain letters."""
        letters = {"ë": "e", "ó": "o", "'": ""}
        return "".join(letters.get(c, c) for c in f"{self.first_name}.{self.last_name}".lower())


def demo_class(released: NotebookNode, exercises: list[Exercise], answers: Answers) -> list[DemoStudent]:
    """The ten, in the order of NAMES.

    Raises:
        CourseError: the assignment has too few exercises or wrong answers to make the class.
    """
    coded = [exercise for exercise in exercises if not exercise.by_hand]
    if len(coded) < 2 or not answers.answers:
        raise CourseError(f"{answers.module} has too few exercises or answers for a demonstration.")
    stories = [
        _perfect(released, exercises),
        _unfinished(released, exercises),
        *_mistaken(released, exercises, answers),
        _blank(released, exercises),
        _deleted_test(released, exercises),
        _endless(released, exercises),
    ]
    return [
        DemoStudent(first, last, story, notebook, expected)
        for (first, last), (story, notebook, expected) in zip(NAMES, stories, strict=True)
    ]


_Story = tuple[str, NotebookNode, dict[str, float | None]]


def _perfect(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    notebook = _filled(released, exercises, lambda e: e.solution)
    return "everything right", notebook, _full(exercises)


def _unfinished(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """Right as far as it goes: the last third is left as it came, the written answer too."""
    coded = [exercise for exercise in exercises if not exercise.by_hand]
    left = {exercise.name for exercise in coded[-(len(coded) // 3 or 1) :]} | {e.name for e in exercises if e.by_hand}
    notebook = _filled(released, [e for e in exercises if e.name not in left], lambda e: e.solution)
    lost = left | {user for e in exercises if e.name in left for user in e.users}
    expected = {name: 0.0 if name in lost else points for name, points in _full(exercises).items()}
    return f"{len(left)} exercises left as they came", notebook, expected


def _mistaken(released: NotebookNode, exercises: list[Exercise], answers: Answers) -> list[_Story]:
    """Typical mistakes, each student in other exercises; taken from those that no other exercise builds on."""
    choices = [e for e in exercises if not e.by_hand and not e.users and answers.of(e.name, "wrong")]
    if len(choices) < max(MISTAKES):
        raise CourseError(
            f"{answers.module} has wrong answers to {len(choices)} exercises; {max(MISTAKES)} are needed."
        )
    stories: list[_Story] = []
    turn = 0
    for number, how_many in enumerate(MISTAKES):
        made: dict[str, Answer] = {}
        for _ in range(how_many):
            exercise = choices[turn % len(choices)]
            wrong = answers.of(exercise.name, "wrong")
            made[exercise.name] = wrong[(number + turn // len(choices)) % len(wrong)]
            turn += 1
        stories.append(_with_mistakes(released, exercises, made))
    return stories


def _with_mistakes(released: NotebookNode, exercises: list[Exercise], made: dict[str, Answer]) -> _Story:
    def answer(exercise: Exercise) -> str:
        if exercise.name in made:
            return made[exercise.name].source
        return WRITTEN if exercise.by_hand else exercise.solution

    expected = _full(exercises)
    for exercise in exercises:
        if exercise.name in made:
            expected[exercise.name] = exercise.points_without(made[exercise.name].loses)
    story = "\n".join(f"{name}: {wrong.label}" for name, wrong in made.items())
    return story, _filled(released, exercises, answer), expected


def _blank(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    return "handed in as it came", deepcopy(released), {exercise.name: 0.0 for exercise in exercises}


def _deleted_test(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """A right answer whose test cell was deleted earns its points all the same."""
    coded = [exercise for exercise in exercises if not exercise.by_hand]
    gone = coded[len(coded) // 2]
    notebook = _filled(released, exercises, lambda e: WRITTEN if e.by_hand else e.solution)
    notebook.cells = [cell for cell in notebook.cells if _grade_id(cell) != gone.tests]
    return f"the test cell of {gone.name} deleted", notebook, _full(exercises)


def _endless(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """One function never returns; only its own points are lost."""
    alone = [e for e in exercises if not e.by_hand and not e.users and _is_function(e)]
    looping = min(alone, key=lambda e: e.shown)
    body = "    position = 0\n    while position < 10:\n        pass  # never moves on"
    source = f"def {looping.name}(*args, **kwargs):\n{body}"
    notebook = _filled(released, exercises, lambda e: source if e is looping else WRITTEN if e.by_hand else e.solution)
    return f"{looping.name} loops for ever", notebook, _full(exercises) | {looping.name: 0.0}


def _full(exercises: list[Exercise]) -> dict[str, float | None]:
    return {exercise.name: None if exercise.by_hand else exercise.points for exercise in exercises}


def _filled(released: NotebookNode, exercises: list[Exercise], answer: Callable[[Exercise], str]) -> NotebookNode:
    """The released notebook with the answers to these exercises typed in."""
    notebook = deepcopy(released)
    wanted = {exercise.name: answer(exercise) for exercise in exercises}
    for cell in notebook.cells:
        if _grade_id(cell) in wanted:
            cell["source"] = wanted[_grade_id(cell)]
    return notebook


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_function(exercise: Exercise) -> bool:
    return any(isinstance(n, ast.FunctionDef) and n.name == exercise.name for n in ast.parse(exercise.solution).body)
