"""`course prove`: are the tests right about right answers, wrong answers, the solution and the blank release?"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from grader.authoring import answers, forks, notebook, release
from grader.authoring.answers import Answer
from grader.authoring.project import Project
from grader.authoring.session import Session, Verdict, runnable
from grader.authoring.source import Cell, Source, read
from grader.authoring.stub_check import blank_verdicts

MIN_RIGHT, MIN_WRONG = 2, 4
ANSWER_SECONDS = 120.0


@dataclass
class ExerciseProof:
    """What became of one exercise.

    Attributes:
        name: of the exercise.
        points: of its test cell.
        right: how many right answers earned everything.
        wrong: how many wrong answers lost exactly the cases that they name.
        seconds: what its test cell takes with the solution.
        problems: everything that did not come out as it must; empty means proved.
    """

    name: str
    points: float
    right: int = 0
    wrong: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass
class ModuleProof:
    """The proofs of all exercises of one module."""

    module: str
    exercises: list[ExerciseProof]

    @property
    def problems(self) -> list[str]:
        """All problems, each with the name of its exercise."""
        return [f"{e.name}: {p}" for e in self.exercises for p in e.problems]


@dataclass(frozen=True)
class _Trial:
    """Verdicts by exercise when one answer takes the place of the solution; the exercise's own and all later ones."""

    answer: Answer
    verdicts: dict[str, Verdict] | forks.Lost


def prove(project: Project, module: str, *, jobs: int | None = None, exercise: str = "") -> ModuleProof:
    """Prove the tests of `module`, or of one exercise of it.

    Raises:
        CourseError: a source cannot be read, or this system cannot fork.
    """
    source = read(project.solution_source(module))
    alternatives = answers.load(project, module)
    jobs = jobs or os.cpu_count() or 1
    solution, trials = forks.in_fresh_process(_try_all, source.path, alternatives.answers, exercise, jobs)
    released = release.generate(module, notebook.dumps(notebook.solution(source, project, module)))
    (blank,) = blank_verdicts([released])
    proofs = []
    for cell in source.of_kind("tests"):
        if not exercise or cell.name == exercise:
            own = [t for t in trials if t.answer.exercise == cell.name]
            proofs.append(_judge(cell, source, solution, blank[f"{cell.name}_tests"], own))
    known = {proof.name for proof in proofs}
    strangers = [] if exercise else [a for a in alternatives.answers if a.exercise not in known]
    if strangers:
        names = sorted({a.exercise for a in strangers})
        proofs.append(ExerciseProof(", ".join(names), 0, problems=["the assignment has no such exercise"]))
    return ModuleProof(module, proofs)


def _try_all(
    path: Path, alternatives: list[Answer], exercise: str, jobs: int
) -> tuple[dict[str, Verdict], list[_Trial]]:
    """Run the solution once; at each answer fork a copy per alternative and run the tests from there on."""
    cells = runnable(read(path))
    session = Session()
    solution: dict[str, Verdict] = {}
    trials: list[_Trial] = []
    for index, cell in enumerate(cells):
        if cell.kind == "answer" and exercise in ("", cell.name):
            mine = [a for a in alternatives if a.exercise == cell.name]
            tasks = [_trial(session, a, cells[index + 1 :]) for a in mine]
            results = forks.run(tasks, jobs=jobs, timeout=ANSWER_SECONDS)
            trials += [_Trial(a, result) for a, result in zip(mine, results, strict=True)]
        verdict = session.run(cell.source)
        if cell.kind == "tests":
            solution[cell.name] = verdict
        elif verdict.error:
            raise RuntimeError(f"{path}:{cell.line}: the solution notebook fails: {verdict.error}")
    return solution, trials


def _trial(session: Session, answer: Answer, rest: list[Cell]) -> Callable[[], dict[str, Verdict]]:
    def run() -> dict[str, Verdict]:
        session.run(answer.source)
        verdicts = {}
        for cell in rest:
            verdict = session.run(cell.source)
            if cell.kind == "tests":
                verdicts[cell.name] = verdict
        return verdicts

    return run


def _judge(
    cell: Cell, source: Source, solution: dict[str, Verdict], blank: Verdict, trials: list[_Trial]
) -> ExerciseProof:
    points = float(cell.options["points"])
    own = solution[cell.name]
    proof = ExerciseProof(cell.name, points, seconds=own.seconds)
    if own.points(points) != points:
        proof.problems.append(f"the solution earns {own.points(points):g} of {points:g}: {_why(own)}")
    if blank.points(points) != 0:
        proof.problems.append(f"the blank release earns {blank.points(points):g} points")
    others = {c.name: float(c.options["points"]) for c in source.of_kind("tests")}
    for trial in trials:
        problems = [*_misjudged(trial, own, points), *_spilled(trial, others)]
        where = f"{trial.answer.verdict} answer, line {trial.answer.line} ({trial.answer.label})"
        proof.problems += [f"{where}: {problem}" for problem in problems]
        if not problems and trial.answer.verdict == "right":
            proof.right += 1
        elif not problems:
            proof.wrong += 1
    counts = {verdict: sum(t.answer.verdict == verdict for t in trials) for verdict in ("right", "wrong")}
    for verdict, least in (("right", MIN_RIGHT), ("wrong", MIN_WRONG)):
        if counts[verdict] < least:
            proof.problems.append(f"only {counts[verdict]} {verdict} answers; {least} are asked for")
    return proof


def _misjudged(trial: _Trial, solution: Verdict, points: float) -> list[str]:
    """What the exercise's own test said otherwise than it must."""
    answer = trial.answer
    if isinstance(trial.verdicts, forks.Lost):
        return [trial.verdicts.reason]
    verdict = trial.verdicts[answer.exercise]
    lost = set(verdict.lost or (solution.cases if verdict.error else ()))
    if answer.verdict == "right":
        return [] if verdict.points(points) == points else [f"loses {sorted(lost)}: {_why(verdict)}"]
    problems = []
    if unknown := set(answer.loses) - set(solution.cases):
        problems.append(f"names cases that do not exist: {sorted(unknown)}")
    if missed := set(answer.loses) - lost - unknown:
        problems.append(f"passes {sorted(missed)}, which it should lose")
    if surplus := lost - set(answer.loses):
        problems.append(f"also loses {sorted(surplus)}")
    if answer.hint and answer.hint.lower() not in verdict.text.lower():
        problems.append(f"the student is not told {answer.hint!r}")
    return problems


def _spilled(trial: _Trial, points: dict[str, float]) -> list[str]:
    """Points lost in other exercises."""
    if isinstance(trial.verdicts, forks.Lost):
        return []
    own = trial.answer.exercise
    return [
        f"costs points in {name} too: {_why(verdict)}"
        for name, verdict in trial.verdicts.items()
        if name != own and verdict.points(points[name]) != points[name]
    ]


def _why(verdict: Verdict) -> str:
    return verdict.error or ", ".join(verdict.lost) or "no reason given"
