"""Answers beside answers: none of them may cost points in an exercise that it does not answer."""

from __future__ import annotations

from collections.abc import Callable

from grader.authoring import forks
from grader.authoring.answers import Answer
from grader.authoring.session import Session, Verdict
from grader.authoring.source import Cell

_MOST_FOR_OTHERS = 5.0  # a test that takes longer is not run again to see whether answers to others disturb it


def spilled(
    session: Session, cells: list[Cell], tried: list[list[Answer]], solution: dict[str, Verdict], jobs: int
) -> dict[int, list[str]]:
    """No answer to one exercise may cost points in another one.

    Answers are tried in rounds: in round k each exercise has its k-th answer, but for the one that is being tested.
    Where points are lost, that exercise is tested again without its own answer, which may have left files behind; and
    if it still loses, beside each of the others alone.

    Args:
        session: in which the solution answers everything.
        cells: of the assignment.
        tried: the answers to each exercise.
        solution: what the tests say of the solution.
        jobs: processes at a time.

    Returns:
        For the lines of answers that cost others points: which ones, and why.
    """
    points = {cell.name: float(cell.options["points"]) for cell in cells if cell.kind == "tests"}
    rounds = [[own[k] for own in tried if k < len(own)] for k in range(max(map(len, tried), default=0))]
    quick = [c for c in cells if c.kind == "tests" and solution[c.name].seconds <= _MOST_FOR_OTHERS]
    tested = {c.name: c.source for c in quick if solution[c.name].points(points[c.name]) == points[c.name]}
    solutions = {cell.name: cell.source for cell in cells if cell.kind == "answer"}

    def beside(groups: list[tuple[list[Answer], list[str]]]) -> list[dict[str, str]]:
        tasks = [
            _beside(session, answers, solutions, {name: tested[name] for name in names}, points)
            for answers, names in groups
        ]
        return _losers_of_each(tasks, [names for _, names in groups], jobs)

    everywhere = beside([(answers, list(tested)) for answers in rounds])
    lost = [(answers, name) for answers, losers in zip(rounds, everywhere, strict=True) for name in losers]
    others = [([a for a in answers if a.exercise != name], name) for answers, name in lost]
    again = beside([(answers, [name]) for answers, name in others])
    suspects = [(a, name) for (answers, name), losers in zip(others, again, strict=True) if losers for a in answers]
    alone = beside([([answer], [name]) for answer, name in suspects])
    found: dict[int, list[str]] = {}
    for (answer, _), losers in zip(suspects, alone, strict=True):
        found.setdefault(answer.line, []).extend(f"{name}: {why}" for name, why in losers.items())
    return found


def _losers_of_each(
    tasks: list[Callable[[], dict[str, str]]], names: list[list[str]], jobs: int
) -> list[dict[str, str]]:
    """What each task found; if one came to no end, all that it was to test has lost."""
    found = forks.run([forks.apart(task) for task in tasks], jobs=jobs, timeout=2 * forks.SECONDS)
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
