"""Cases that could be removed without any answer or mutant getting away with it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.authoring.proof.results import ExerciseProof


@dataclass(frozen=True)
class RedundantCase:
    """A case that is never the only one to catch something, and why that is so."""

    name: str
    reason: str


def redundant_cases(exercise: ExerciseProof) -> list[RedundantCase]:
    """The redundant cases of an exercise, proved with all cases of each mutant.

    A case is needed if a mutant or a wrong answer is caught by it alone. What ends the whole test, a crash for example,
    is caught without any case.
    """
    catches = [set(m.caught_by) for m in exercise.mutants if m.fate == "caught"]
    catches += [set(wrong.loses) for wrong in exercise.mistakes]
    return [
        RedundantCase(case, _reason(case, catches)) for case in exercise.cases if not any(c == {case} for c in catches)
    ]


def _reason(case: str, catches: list[set[str]]) -> str:
    mine = [caught - {case} for caught in catches if case in caught]
    if not mine:
        return "catches nothing."
    shared = set.intersection(*mine)
    if shared:
        return f"catches {len(mine)} answers and mutants; {min(shared)!r} catches all of them too."
    return f"catches {len(mine)} answers and mutants; each of them is caught by another case as well."
