"""Right answers and their forms in the two interpreters that grading uses: they must earn what they earn in one."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from course_lib.errors import CourseError
from grader.authoring import compile_notebook
from grader.authoring.project import Project
from grader.authoring.proof import three_secrets
from grader.authoring.proof.trials import Trials
from grader.authoring.proof.variants import names_of
from grader.authoring.returned.portable import in_form
from grader.authoring.session import Verdict, runnable
from grader.authoring.source import Cell, Source
from grader.course_dir import LIMITS
from grader.engine.engine import Engine, shared_engine
from grader.engine.isolation import Isolation
from grader.engine.stderr import HarmlessStderr

_MOST_FOR_FORMS = 1.0  # seconds in one interpreter: forms are not tried again with a test that takes longer
_ALL_TOGETHER = 3600.0  # seconds for one notebook, which holds many answers
_MOST_TOLD = 300  # characters of what the test said


@dataclass(frozen=True)
class Told:
    """What a test said of one answer in two interpreters, beside what it said in one.

    Attributes:
        answer: which one, in words.
        earned: points in two interpreters.
        expected: points in one.
        text: what the student would read.
    """

    answer: str
    earned: float
    expected: float
    text: str


@dataclass(frozen=True)
class _Try:
    """One answer to one exercise: its code, and what it earns in one interpreter."""

    label: str
    code: str
    expected: float


def run(project: Project, module: str, source: Source, trials: Trials, names: Sequence[str]) -> dict[str, list[Told]]:
    """Run the solution with its forms, and the right answers to these exercises.

    One notebook holds the solution of every exercise in each of its forms, one after the other; the k-th of the others
    holds the k-th right answer to every exercise. Nothing is run on a system that has no two interpreters.
    """
    found: dict[str, list[Told]] = {name: [] for name in names}
    if sys.platform != "linux":
        return found
    answers = {cell.name: cell for cell in source.of_kind("answer")}
    tests = {cell.name: cell for cell in source.of_kind("tests")}
    forms = {name: list(_forms(answers[name], tests[name], trials)) for name in names}
    right = {name: list(_right(name, tests[name], trials)) for name in names}
    rounds = [forms]
    for k in range(max(map(len, right.values()), default=0)):
        rounds.append({name: tries[k : k + 1] for name, tries in right.items()})
    engine = _engine()
    thin = compile_notebook.solution(Source(source.path, source.header, runnable(source)), project, module)
    for tried in rounds:
        for name, told in _told_of(engine, thin, tried):
            found[name].append(told)
    return found


def _forms(answer: Cell, test: Cell, trials: Trials) -> Iterator[_Try]:
    """The solution, and its forms where the test is quick."""
    solution, points = trials.solution[answer.name], float(test.options["points"])
    yield _Try("the solution", answer.source, solution.points(points))
    if solution.seconds <= _MOST_FOR_FORMS:
        for form, outcome in trials.forms.get(answer.name, {}).items():
            if isinstance(outcome, Verdict):
                code = in_form(answer.source, names_of(answer), form)
                yield _Try(f"the solution's results as {form}", code, outcome.points(points))


def _right(name: str, test: Cell, trials: Trials) -> Iterator[_Try]:
    points = float(test.options["points"])
    for answer, outcomes in trials.answers:
        if (answer.exercise, answer.verdict) == (name, "right"):
            outcome = next(iter(outcomes.values()))
            if isinstance(outcome, Verdict):
                label = f"right answer, line {answer.line} ({answer.label})"
                yield _Try(label, answer.source, outcome.points(points))


def _engine() -> Engine:
    """In the sandbox where this machine can isolate: an answer that passes must pass there, too."""
    try:
        engine = shared_engine(Isolation.SANDBOX)
        engine.start()
    except CourseError:
        engine = shared_engine(Isolation.NONE)
    return engine


def _told_of(engine: Engine, thin: NotebookNode, tried: dict[str, list[_Try]]) -> Iterator[tuple[str, Told]]:
    """Run a notebook that holds all these answers, each with the test behind it."""
    made = copy.deepcopy(thin)
    made.cells, looked_at = [], []
    solutions = {cell.metadata.nbgrader.grade_id: cell for cell in thin.cells if cell.metadata.nbgrader.solution}
    for cell in thin.cells:
        part = cell.metadata.nbgrader
        if not part.grade:
            made.cells.append(cell)
            continue
        name = part.grade_id.removesuffix("_tests")
        for number, one in enumerate(tried.get(name, [])):
            test = _named(cell, cell.source, number)
            made.cells += [_named(solutions[name], one.code, number), test]
            looked_at.append((name, one, test))
        made.cells.append(_named(solutions[name], solutions[name].source, len(tried.get(name, []))))
    limits = replace(LIMITS, submission_seconds=_ALL_TOGETHER, cpu_seconds=_ALL_TOGETHER)
    engine.run(made, made, limits, secret=three_secrets.SECRETS[0].encode())
    HarmlessStderr().preprocess(made, {})
    for name, one, test in looked_at:
        yield name, Told(one.label, _points_of(test), one.expected, _printed_by(test))


def _named(cell: NotebookNode, source: str, number: int) -> NotebookNode:
    """A copy of a cell with another source, under a name of its own."""
    made = copy.deepcopy(cell)
    made.source = source
    made.metadata.nbgrader.grade_id += f"_{number}"
    made["id"] = made.metadata.nbgrader.grade_id[:64]
    return made


def _points_of(test: NotebookNode) -> float:
    from nbgrader.utils import determine_grade  # here: it is slow to import

    return float(determine_grade(test)[0] or 0)


def _printed_by(test: NotebookNode) -> str:
    """What it printed, or the error that ended it, on one line."""
    parts = [f"{o.ename}: {o.evalue}" for o in test.outputs if o.output_type == "error"]
    parts += [o.text for o in test.outputs if o.output_type == "stream"]
    said = " ".join(" ".join(parts).split())
    return said if len(said) <= _MOST_TOLD else f"{said[:_MOST_TOLD]}..."
