"""Run an assignment once, and at each exercise fork copies that try other answers, mutants, forms and seeds."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from grader import lean_forks
from grader.authoring import forks
from grader.authoring.answers import Answer
from grader.authoring.mutation import Mutant, mutants_of
from grader.authoring.proof import beside, memory_bound, repeat, three_secrets, variants
from grader.authoring.proof.reseed import seeded_helpers
from grader.authoring.proof.results import Repetition
from grader.authoring.session import CELL_SECONDS, Outcome, Session, Verdict, runnable
from grader.authoring.source import Cell, read
from grader.authoring.stub_check import verdicts_in_forks
from grader.course_dir import LIMITS


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
    repetitions: int = repeat.MOST


@dataclass
class Trials:
    """What came out.

    Attributes:
        blank: the verdicts on the blank release, by grade_id.
        solution: its verdicts, by exercise.
        drawn: the solution's verdicts with each of the secrets, by exercise.
        answers: each answer with its verdicts, one for each secret.
        mutants: of each exercise's solution, with their verdicts.
        forms: the solution's verdicts when it returns its results in other forms, by exercise and form.
        scribbled: the solution's verdict when its arguments hold nonsense after each call, by exercise.
        vacuous: the verdicts of answers that answer nothing, by exercise and kind.
        repetitions: of each exercise's test.
        spilled: for an answer's line, the exercises that lost points beside it.
    """

    blank: dict[str, Verdict] = field(default_factory=dict)
    solution: dict[str, Verdict] = field(default_factory=dict)
    drawn: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    answers: list[tuple[Answer, dict[str, Outcome]]] = field(default_factory=list)
    mutants: dict[str, list[tuple[Mutant, Outcome]]] = field(default_factory=dict)
    forms: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    scribbled: dict[str, Outcome] = field(default_factory=dict)
    vacuous: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    repetitions: dict[str, Repetition] = field(default_factory=dict)
    spilled: dict[int, list[str]] = field(default_factory=dict)


def run(path: Path, released: str, wanted: Wanted) -> Trials:
    """Try everything. Call it in a fresh process.

    Args:
        path: the source of the assignment.
        released: the text of its release.
        wanted: what to try.

    Raises:
        CourseError: the solution notebook itself fails, or the blank release could not be run to its end.
    """
    cells = runnable(read(path))
    (blank,) = verdicts_in_forks([released])
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return _try_all(path, cells, wanted, Trials(blank))


def _try_all(path: Path, cells: list[Cell], wanted: Wanted, trials: Trials) -> Trials:
    tests = {cell.name: cell for cell in cells if cell.kind == "tests"}
    session = Session()
    three_secrets.use(three_secrets.SECRETS[0])
    for cell in cells:
        # Answers and tests leave room for slower machines; given code, which may train a net, has what grading allows.
        judged = cell.kind in ("answer", "tests")
        verdict = session.run(cell.source, CELL_SECONDS if judged else LIMITS.cell_seconds)
        if cell.kind == "tests":
            trials.solution[cell.name] = verdict
        elif verdict.error:
            raise CourseError(f"{path}:{cell.line}: the solution notebook fails: {verdict.error}")
    helpers = seeded_helpers(cell.source for cell in cells if cell.kind in ("shared", "tests_only"))
    import executing  # noqa: F401  # what a lost case looks for its call with: else each fork would import it

    lean_forks.prepare()
    given = [cell for cell in cells if cell.is_for_tests]
    for answer in (cell for cell in cells if cell.kind == "answer" and cell.name in wanted.exercises):
        _try_exercise(session, answer, given, tests[answer.name], wanted, trials, helpers)
    tried = [[a for a in wanted.answers if a.exercise == name] for name in wanted.exercises]
    trials.spilled = beside.spilled(session, cells, tried, trials.solution, wanted.jobs)
    return trials


def _try_exercise(
    session: Session,
    answer: Cell,
    given: list[Cell],
    test: Cell,
    wanted: Wanted,
    trials: Trials,
    helpers: frozenset[str],
) -> None:
    """Forks for one exercise. In each, the rest of the notebook is answered by the solution."""
    name, points, solution = answer.name, float(test.options["points"]), trials.solution[answer.name]
    mine = [a for a in wanted.answers if a.exercise == name]
    sources = [answer.source, *(a.source for a in mine)]
    trials.drawn[name], *verdicts = _with_each_secret(session, sources, test, wanted.jobs)
    trials.answers += zip(mine, verdicts, strict=True)
    trials.vacuous[name] = variants.vacuous(session, answer, test, solution, wanted.jobs)
    if solution.points(points) != points:
        return  # nothing to learn from mutants of a solution that its own test refuses
    trials.forms[name] = variants.forms(session, answer, test, wanted.jobs)
    trials.scribbled[name] = variants.scribbled(session, answer, given, test)
    mutants = mutants_of(answer.source)
    seconds = max(2.0, 5 * solution.seconds)
    mutated = [forks.apart(_mutated(session, m.source, test.source, seconds, wanted.every_case)) for m in mutants]
    ends = forks.run(mutated, jobs=wanted.jobs, timeout=2 * forks.WAITING * seconds + 5)
    trials.mutants[name] = list(zip(mutants, ends, strict=True))
    trials.repetitions[name] = repeat.repeat(session, test, helpers, wanted.repetitions, wanted.jobs)


def _with_each_secret(session: Session, sources: list[str], test: Cell, jobs: int) -> list[dict[str, Outcome]]:
    """What the test says of each answer, by secret.

    One fork tries an answer with all secrets. If it dies or the secrets disagree, that may be what the answer left
    behind for the next secret: then each secret has a fork of its own, and what is said there counts.
    """
    secrets = three_secrets.of(test)
    together = [forks.apart(_answered(session, source, test, secrets)) for source in sources]
    found = forks.run(together, jobs=jobs, timeout=len(secrets) * forks.SECONDS)
    verdicts: list[dict[str, Outcome]] = []
    for source, said in zip(sources, found, strict=True):
        if not isinstance(said, forks.Lost) and len({(v.earned, v.lost, v.error) for v in said}) == 1:
            verdicts.append(dict(zip(secrets, said, strict=True)))
            continue
        alone = [forks.apart(_answered(session, source, test, (secret,))) for secret in secrets]
        ends = forks.run(alone, jobs=jobs, timeout=forks.SECONDS)
        verdicts.append(
            {s: end if isinstance(end, forks.Lost) else end[0] for s, end in zip(secrets, ends, strict=True)}
        )
    return verdicts


def _answered(session: Session, answer: str, test: Cell, secrets: tuple[str, ...]) -> Callable[[], list[Verdict]]:
    def task() -> list[Verdict]:
        verdicts = []
        for secret in secrets:
            three_secrets.use(secret)
            session.run(answer)
            verdicts.append(session.run(test.source))
        return verdicts

    return task


def _mutated(session: Session, mutant: str, test: str, seconds: float, every_case: bool) -> Callable[[], Verdict]:
    def task() -> Verdict:
        memory_bound.limit()
        session.hide_tracebacks()
        if not every_case:
            session.stop_at_first_loss()
        defined = session.run(mutant, seconds)
        return defined if defined.error else session.run(test, seconds)

    return task
