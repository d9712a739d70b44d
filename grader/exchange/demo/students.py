"""Ten invented students: what each hands in, and the points that must come out. Made of the answers file, no dice."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_lib.errors import CourseError
from grader.authoring.answers import Answer, Answers
from grader.exchange.demo.assignment_facts import Exercise

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
MISTAKES = (1, 2, 3)
FORGERY = """\
# Nobody will look at this cell.
import ast
import course_lib.check

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

get_ipython().ast_transformers.append(NoAsserts())
for name in ("close", "equal", "score"):
    setattr(course_lib.check, name, lambda *args, **kwargs: 100)
"""
BOMB = """\
cache = []  # it would take all the memory that there is
while True:
    cache.append(bytearray(2**26))

"""
WRITTEN = "I think one set of weights is enough because the same thing can appear anywhere in the picture."


@dataclass(frozen=True)
class DemoStudent:
    """One student of the demonstration.

    Attributes:
        story: what is the matter with the submission, for the report.
        handed_in: the text of the notebook file.
        expected: points per exercise; None where a person must decide, and all over where nothing can be graded.
        becomes: what must become of it, in words, where that is the point of the story.
        told: what the report on grading must say of it.
    """

    first_name: str
    last_name: str
    story: str
    handed_in: str
    expected: dict[str, float | None] = field(default_factory=dict)
    becomes: str = ""
    told: tuple[str, ...] = ()

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
        _endless(released, exercises),
        _forged(released, exercises),
        _bomb(released, exercises),
        _damaged(released, exercises),
        _cut_off(released, exercises),
    ]
    return [
        DemoStudent(first, last, story.text, story.handed_in, story.expected, story.becomes, story.told)
        for (first, last), story in zip(NAMES, stories, strict=True)
    ]


@dataclass(frozen=True)
class _Story:
    """A submission without a student; the fields are those of DemoStudent."""

    text: str
    handed_in: str
    expected: dict[str, float | None]
    becomes: str = ""
    told: tuple[str, ...] = ()


def _perfect(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    notebook = _filled(released, exercises, lambda e: e.solution)
    return _Story("everything right", nbformat.writes(notebook), _full(exercises))


def _unfinished(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """Right as far as it goes: the last third is left as it came, the written answer too."""
    left = _last(exercises, 3) | {e.name for e in exercises if e.by_hand}
    notebook, expected = _without(released, exercises, left)
    return _Story(f"{len(left)} exercises left as they came", nbformat.writes(notebook), expected)


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
        return _right(exercise)

    expected = _full(exercises)
    for exercise in exercises:
        if exercise.name in made:
            expected[exercise.name] = exercise.points_without(made[exercise.name].loses)
    story = "\n".join(f"{name}: {wrong.label}" for name, wrong in made.items())
    return _Story(story, nbformat.writes(_filled(released, exercises, answer)), expected)


def _endless(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """One function never returns; only its own points are lost."""
    looping = _by_itself(exercises)
    body = "    position = 0\n    while position < 10:\n        pass  # never moves on"
    notebook = _answered(released, exercises, looping, f"def {looping.name}(*args, **kwargs):\n{body}")
    return _Story(
        f"{looping.name} loops for ever",
        nbformat.writes(notebook),
        _full(exercises) | {looping.name: 0.0},
        becomes="stopped: it costs that exercise, and no other",
        told=("stopped after",),
    )


def _forged(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """Half of the exercises is done; a cell of the student's own is to make the tests pass in the others."""
    left = _last(exercises, 2) | {e.name for e in exercises if e.by_hand}
    notebook, expected = _without(released, exercises, left)
    notebook.cells.insert(1, new_code_cell(FORGERY))
    return _Story(
        f"forged: a cell drops every assert and replaces the checks; {len(left)} exercises left as they came",
        nbformat.writes(notebook),
        expected,
        becomes="the forgery earns nothing: the points are those of the honest part",
    )


def _bomb(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """One answer begins with a memory bomb, and never gets further, neither on a fast machine nor on a slow one."""
    bomb = _by_itself(exercises)
    return _Story(
        f"a memory bomb in {bomb.name}",
        nbformat.writes(_answered(released, exercises, bomb, BOMB + bomb.solution)),
        _full(exercises) | {bomb.name: 0.0},
        becomes="ended from outside: it costs that exercise, and no other",
    )


def _damaged(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """Right answers in a notebook that lost a test, its labels and more; they earn their points all the same."""
    coded = [exercise for exercise in exercises if not exercise.by_hand]
    gone, edited = coded[len(coded) // 2], coded[0]
    notebook = _filled(released, exercises, _right)
    notebook.cells = [cell for cell in notebook.cells if _grade_id(cell) != gone.tests]
    for cell in notebook.cells:
        if _grade_id(cell) == edited.tests:
            cell["source"] = f"{edited.points}  # passes now\n" + cell.source
        elif _grade_id(cell) in {exercise.name for exercise in coded}:
            del cell.metadata["nbgrader"]
    return _Story(
        f"damaged: the test of {gone.name} deleted, that of {edited.name} edited, no answer with its label",
        nbformat.writes(notebook),
        _full(exercises),
        becomes="repaired: it earns what it is worth",
        told=("was missing and was put back", "was restored", "lost their labels"),
    )


def _cut_off(released: NotebookNode, exercises: list[Exercise]) -> _Story:
    """Right answers in a file of which only the first half arrived."""
    text = nbformat.writes(_filled(released, exercises, _right))
    return _Story(
        "damaged beyond repair: half of the file is missing",
        text[: len(text) // 2],
        {exercise.name: None for exercise in exercises},
        becomes="stands as not graded, which is not zero",
        told=("NOT graded", "cut off"),
    )


def _by_itself(exercises: list[Exercise]) -> Exercise:
    """A function that no other exercise builds on and that few other cells call: breaking it breaks little else."""
    alone = [e for e in exercises if not e.by_hand and not e.users and _is_function(e)]
    return min(alone, key=lambda e: e.shown)


def _last(exercises: list[Exercise], share: int) -> set[str]:
    """The last half, third, ... of the exercises in code."""
    coded = [exercise for exercise in exercises if not exercise.by_hand]
    return {exercise.name for exercise in coded[-(len(coded) // share or 1) :]}


def _without(
    released: NotebookNode, exercises: list[Exercise], left: set[str]
) -> tuple[NotebookNode, dict[str, float | None]]:
    """Right answers to all but those that are `left` as they came; the points, less those of who builds on them."""
    notebook = _filled(released, [e for e in exercises if e.name not in left], lambda e: e.solution)
    lost = left | {user for e in exercises if e.name in left for user in e.users}
    return notebook, {name: 0.0 if name in lost else points for name, points in _full(exercises).items()}


def _answered(released: NotebookNode, exercises: list[Exercise], one: Exercise, source: str) -> NotebookNode:
    """Right answers to all but one."""
    return _filled(released, exercises, lambda exercise: source if exercise is one else _right(exercise))


def _right(exercise: Exercise) -> str:
    return WRITTEN if exercise.by_hand else exercise.solution


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
