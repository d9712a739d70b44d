"""Run an assignment once, and at each exercise fork copies that try other answers, mutants and other seeds."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from course_lib.errors import CourseError
from grader.authoring import forks
from grader.authoring.answers import Answer
from grader.authoring.mutation import Mutant, mutants_of
from grader.authoring.proof import memory
from grader.authoring.proof.reseed import reseeded, seeded_helpers, seeds
from grader.authoring.proof.results import Repetition
from grader.authoring.session import CELL_SECONDS, Session, Verdict, runnable
from grader.authoring.source import Cell, read
from grader.nbgrader_config import LIMITS

FORK_SECONDS = 120.0
REPETITIONS = 200
T = TypeVar("T")
_REPEAT_SECONDS = 6.0  # of computing, of one process for one exercise
_MOST_FAILURES = 3  # kept of one process
_MOST_FOR_OTHERS = 5.0  # a test that takes longer is not run again to see whether answers to others disturb it


@dataclass(frozen=True)
class Wanted:
    """What to try.

    Attributes:
        exercises: names of those to prove; the others are only run.
        answers: their right and wrong answers.
        every_case: run the mutants through all cases, not to the first that fails.
        jobs: processes at a time.
        repetitions: how often to repeat each test with other seeds.
    """

    exercises: tuple[str, ...]
    answers: tuple[Answer, ...]
    every_case: bool = False
    jobs: int = 1
    repetitions: int = REPETITIONS


@dataclass
class Trials:
    """What came out: the solution's verdicts by exercise, and for each exercise its answers, mutants and repetitions.

    `spilled` holds, for an answer's line, the exercises that lost points beside it; `helpers` the shared functions that
    take a seed.
    """

    solution: dict[str, Verdict] = field(default_factory=dict)
    answers: list[tuple[Answer, Verdict | forks.Lost]] = field(default_factory=list)
    mutants: dict[str, list[tuple[Mutant, Verdict | forks.Lost]]] = field(default_factory=dict)
    repetitions: dict[str, Repetition] = field(default_factory=dict)
    spilled: dict[int, list[str]] = field(default_factory=dict)
    helpers: frozenset[str] = frozenset()


def run(path: Path, wanted: Wanted) -> Trials:
    """Try everything. Call it in a fresh process.

    Raises:
        CourseError: the solution notebook itself fails.
    """
    cells = runnable(read(path))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return _try_all(path, cells, wanted)


def _try_all(path: Path, cells: list[Cell], wanted: Wanted) -> Trials:
    tests = {cell.name: cell for cell in cells if cell.kind == "tests"}
    points = {name: float(cell.options["points"]) for name, cell in tests.items()}
    session = Session()
    trials = Trials(helpers=seeded_helpers(cell.source for cell in cells if cell.kind in ("shared", "tests_only")))
    for cell in cells:
        # Answers and tests leave room for slower machines; given code, which may train a net, has what grading allows.
        judged = cell.kind in ("answer", "tests")
        verdict = session.run(cell.source, CELL_SECONDS if judged else LIMITS.cell_seconds)
        if cell.kind == "tests":
            trials.solution[cell.name] = verdict
        elif verdict.error:
            raise CourseError(f"{path}:{cell.line}: the solution notebook fails: {verdict.error}")
    for answer in (cell for cell in cells if cell.kind == "answer" and cell.name in wanted.exercises):
        _try_exercise(session, answer, tests[answer.name], wanted, trials, points[answer.name])
    _try_beside_others(session, cells, wanted, trials, points)
    return trials


def _try_exercise(session: Session, answer: Cell, test: Cell, wanted: Wanted, trials: Trials, points: float) -> None:
    """Forks for one exercise. In each, the rest of the notebook is answered by the solution."""
    name = answer.name
    mine = [a for a in wanted.answers if a.exercise == name]
    tasks = [_apart(_answered(session, a.source, test.source)) for a in mine]
    found = forks.run(tasks, jobs=wanted.jobs, timeout=FORK_SECONDS)
    trials.answers += zip(mine, found, strict=True)
    solution = trials.solution[name]
    if solution.points(points) != points:
        return  # nothing to learn from mutants of a solution that its own test refuses
    mutants = mutants_of(answer.source)
    seconds = max(2.0, 5 * solution.seconds)
    mutated = [_apart(_mutated(session, m.source, test.source, seconds, wanted.every_case)) for m in mutants]
    ends = forks.run(mutated, jobs=wanted.jobs, timeout=2 * seconds + 5)
    trials.mutants[name] = list(zip(mutants, ends, strict=True))
    trials.repetitions[name] = _repeat(session, test, points, wanted, trials.helpers)


def _apart(task: Callable[[], T]) -> Callable[[], T]:
    """The task in a copy of the working folder: an answer may write files, and others run beside it."""

    def alone() -> T:
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(shutil.copytree(here, Path(folder, "copy"))):
            return task()

    return alone


def _answered(session: Session, answer: str, test: str) -> Callable[[], Verdict]:
    def task() -> Verdict:
        session.run(answer)
        return session.run(test)

    return task


def _mutated(session: Session, mutant: str, test: str, seconds: float, every_case: bool) -> Callable[[], Verdict]:
    def task() -> Verdict:
        memory.limit()
        session.hide_tracebacks()
        if not every_case:
            session.stop_at_first_loss()
        defined = session.run(mutant, seconds)
        return defined if defined.error else session.run(test, seconds)

    return task


def _repeat(session: Session, test: Cell, points: float, wanted: Wanted, helpers: frozenset[str]) -> Repetition:
    """Run the test with other seeds, in several forks that share the work."""
    draws = bool(seeds(test.source, helpers)) and "seeds_matter" not in test.options
    times = wanted.repetitions if draws else min(3, wanted.repetitions)
    sources = [reseeded(test.source, 1000 * (n + 1), helpers) if draws else test.source for n in range(times)]
    shares = [list(enumerate(sources))[first :: wanted.jobs] for first in range(min(wanted.jobs, times))]
    tasks = [_repeated(session, share, points) for share in shares]
    results: list[Repetition | forks.Lost] = forks.run(tasks, jobs=wanted.jobs, timeout=FORK_SECONDS)
    failures = [r.reason for r in results if isinstance(r, forks.Lost)]
    done = [r for r in results if isinstance(r, Repetition)]
    sizes = [r.memory_mb for r in done if r.memory_mb is not None]
    failures += [failure for r in done for failure in r.failures]
    return Repetition(sum(r.times for r in done), tuple(failures), max(sizes, default=None))


def _repeated(session: Session, tests: list[tuple[int, str]], points: float) -> Callable[[], Repetition]:
    def task() -> Repetition:
        began, times = time.process_time(), 0
        failures: list[str] = []
        size = memory.Peak()
        for n, test in tests:
            verdict = session.run(test)
            times += 1
            if verdict.points(points) != points and len(failures) < _MOST_FAILURES:
                failures.append(f"seeds + {1000 * (n + 1)}: {verdict.error or ', '.join(verdict.lost)}")
            if time.process_time() - began > _REPEAT_SECONDS:
                break
        return Repetition(times, tuple(failures), size.in_mb())

    return task


def _try_beside_others(
    session: Session, cells: list[Cell], wanted: Wanted, trials: Trials, points: dict[str, float]
) -> None:
    """No answer to one exercise may cost points in another one.

    Answers are tried in rounds: in round k each exercise has its k-th answer, but for the one that is being tested.
    Where points are lost, that exercise is tested again without its own answer, which may have left files behind; and
    if it still loses, beside each of the others alone.
    """
    by_exercise = [[a for a in wanted.answers if a.exercise == name] for name in wanted.exercises]
    rounds = [[own[k] for own in by_exercise if k < len(own)] for k in range(max(map(len, by_exercise), default=0))]
    quick = [c for c in cells if c.kind == "tests" and trials.solution[c.name].seconds <= _MOST_FOR_OTHERS]
    tested = {c.name: c.source for c in quick if trials.solution[c.name].points(points[c.name]) == points[c.name]}
    solutions = {cell.name: cell.source for cell in cells if cell.kind == "answer"}

    def beside(groups: list[tuple[list[Answer], list[str]]]) -> list[dict[str, str]]:
        tasks = [
            _beside(session, answers, solutions, {name: tested[name] for name in names}, points)
            for answers, names in groups
        ]
        return _run(tasks, [names for _, names in groups], wanted.jobs)

    everywhere = beside([(answers, list(tested)) for answers in rounds])
    lost = [(answers, name) for answers, losers in zip(rounds, everywhere, strict=True) for name in losers]
    others = [([a for a in answers if a.exercise != name], name) for answers, name in lost]
    again = beside([(answers, [name]) for answers, name in others])
    suspects = [(a, name) for (answers, name), losers in zip(others, again, strict=True) if losers for a in answers]
    alone = beside([([answer], [name]) for answer, name in suspects])
    for (answer, _), losers in zip(suspects, alone, strict=True):
        trials.spilled.setdefault(answer.line, []).extend(f"{name}: {why}" for name, why in losers.items())


def _run(tasks: list[Callable[[], dict[str, str]]], names: list[list[str]], jobs: int) -> list[dict[str, str]]:
    """What each task found; if one came to no end, all that it was to test has lost."""
    found = forks.run([_apart(task) for task in tasks], jobs=jobs, timeout=2 * FORK_SECONDS)
    return [
        dict.fromkeys(tested, result.reason) if isinstance(result, forks.Lost) else result
        for tested, result in zip(names, found, strict=True)
    ]


def _beside(
    session: Session, answers: list[Answer], solutions: dict[str, str], tested: dict[str, str], points: dict[str, float]
) -> Callable[[], dict[str, str]]:
    """Which exercises lose points, and why, although the solution answers them, when others are answered so."""

    def task() -> dict[str, str]:
        own = {answer.exercise: answer.source for answer in answers}
        for source in own.values():
            session.run(source)
        losers = {}
        for name, test in tested.items():
            session.run(solutions[name])
            verdict = session.run(test)
            if verdict.points(points[name]) != points[name]:
                losers[name] = verdict.error or ", ".join(verdict.lost)
            if name in own:
                session.run(own[name])
        return losers

    return task
