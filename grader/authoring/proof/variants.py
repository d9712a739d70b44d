"""The solution with results in other forms or nonsense in its arguments, and answers that answer nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from course_lib import check
from grader.authoring import code, forks
from grader.authoring.proof import memory_bound
from grader.authoring.returned.boundary import Boundary
from grader.authoring.returned.result_forms import FORMS, Differences, Returned
from grader.authoring.returned.scribbled import Scribbled
from grader.authoring.returned.vacuous import VACUOUS, returned
from grader.authoring.session import CELL_SECONDS, Outcome, Session, Verdict
from grader.authoring.source import Cell


def names_of(cell: Cell) -> list[str]:
    """What the cell defines, in a fixed order."""
    return sorted(code.top_level_names(code.parse(cell.source)))


def forms(session: Session, answer: Cell, test: Cell, jobs: int) -> dict[str, Outcome]:
    """What the test says of the solution in each form that makes a difference to what it returns."""
    (different,) = forks.run([forks.apart(_different(session, answer, test))], jobs=1, timeout=forks.SECONDS)
    if isinstance(different, forks.Lost):
        return dict.fromkeys(FORMS, different)
    around = {form: Boundary(Returned(form)) for form in different}
    return _tried(session, answer, test, around, CELL_SECONDS, jobs)


def vacuous(session: Session, answer: Cell, test: Cell, solution: Verdict, jobs: int) -> dict[str, Outcome]:
    """What the test says of answers that answer nothing; the methods of a class answer nothing, too."""
    seconds = max(2.0, 5 * solution.seconds)
    around = {kind: Boundary(returned(kind), methods=True) for kind in VACUOUS}
    return _tried(session, answer, test, around, seconds, jobs)


def scribbled(session: Session, answer: Cell, given: Sequence[Cell], test: Cell) -> Outcome:
    """What the test says of the solution when its arguments hold nonsense after each call.

    The same goes for what `given` cells define: they run where the answer does, and may hand on what they are given.
    """

    def task() -> Verdict:
        scribbles = Scribbled()
        check.unchanged = scribbles.unchanged  # type: ignore[assignment,misc]  # in this fork alone
        names = [name for cell in (answer, *given) for name in names_of(cell)]
        return _changed(session, answer, names, test, Boundary(scribbles, methods=True), CELL_SECONDS)()

    (outcome,) = forks.run([forks.apart(task)], jobs=1, timeout=2 * forks.WAITING * CELL_SECONDS + 5)
    return outcome


def _tried(
    session: Session, answer: Cell, test: Cell, around: dict[str, Boundary], seconds: float, jobs: int
) -> dict[str, Outcome]:
    names = names_of(answer)
    tasks = [forks.apart(_changed(session, answer, names, test, boundary, seconds)) for boundary in around.values()]
    found = forks.run(tasks, jobs=jobs, timeout=2 * forks.WAITING * seconds + 5)
    return dict(zip(around, found, strict=True))


def _changed(
    session: Session, answer: Cell, names: list[str], test: Cell, around: Boundary, seconds: float
) -> Callable[[], Verdict]:
    def task() -> Verdict:
        memory_bound.limit()
        session.hide_tracebacks()
        session.run(answer.source)
        around.draw(session.names, names)
        return session.run(test.source, seconds)

    return task


def _different(session: Session, answer: Cell, test: Cell) -> Callable[[], list[str]]:
    def task() -> list[str]:
        session.run(answer.source)
        seen = Differences()
        Boundary(seen).draw(session.names, names_of(answer))
        verdict = session.run(test.source, forks.SECONDS / 2)  # slower than as it is, by far, on a busy machine
        if verdict.error:  # then not all calls have been seen
            raise RuntimeError(verdict.error)
        return seen.forms

    return task
