"""A test again and again, with other seeds and other secrets: its verdict must be no luck."""

from __future__ import annotations

import time
from collections.abc import Callable

from grader.authoring import forks
from grader.authoring.proof import memory_bound, three_secrets
from grader.authoring.proof.reseed import reseeded, seeds
from grader.authoring.proof.results import Repetition
from grader.authoring.session import Session
from grader.authoring.source import Cell

MOST = 200
_REPEAT_SECONDS = 6.0  # of computing, of one process for one exercise
_MOST_FAILURES = 3  # kept of one process


def repeat(session: Session, test: Cell, helpers: frozenset[str], most: int, jobs: int) -> Repetition:
    """Run the test `most` times with other seeds and secrets, in several forks that share the work."""
    points = float(test.options["points"])
    seeded = bool(seeds(test.source, helpers)) and "seeds_matter" not in test.options
    drawn = three_secrets.used_in(test)
    times = most if seeded or drawn else min(3, most)
    runs = []
    for n in range(1, times + 1):
        source = reseeded(test.source, 1000 * n, helpers) if seeded else test.source
        named = [f"seeds + {1000 * n}"] * seeded + [f"secret 'repetition {n}'"] * drawn
        runs.append((" and ".join(named) or f"run {n}", f"repetition {n}", source))
    shares = [runs[first::jobs] for first in range(min(jobs, times))]
    tasks = [_repeated(session, share, points) for share in shares]
    results: list[Repetition | forks.Lost] = forks.run(tasks, jobs=jobs, timeout=forks.SECONDS)
    failures = [r.reason for r in results if isinstance(r, forks.Lost)]
    done = [r for r in results if isinstance(r, Repetition)]
    sizes = [r.memory_mb for r in done if r.memory_mb is not None]
    failures += [failure for r in done for failure in r.failures]
    return Repetition(sum(r.times for r in done), tuple(failures), max(sizes, default=None))


def _repeated(session: Session, runs: list[tuple[str, str, str]], points: float) -> Callable[[], Repetition]:
    def task() -> Repetition:
        began, times = time.process_time(), 0
        failures: list[str] = []
        size = memory_bound.Peak()
        for name, secret, test in runs:
            three_secrets.use(secret)
            verdict = session.run(test)
            times += 1
            if verdict.points(points) != points and len(failures) < _MOST_FAILURES:
                failures.append(f"{name}: {verdict.error or ', '.join(verdict.lost)}")
            if time.process_time() - began > _REPEAT_SECONDS:
                break
        return Repetition(times, tuple(failures), size.in_mb())

    return task
