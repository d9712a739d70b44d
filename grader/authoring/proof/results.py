"""What a proof found, as plain data: for the table, the page, the cache and `--json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

LEAST_CAUGHT = 0.95
"""Share of the mutants of a module, equivalent ones aside, that its tests must catch."""


@dataclass(frozen=True)
class MutantResult:
    """What became of one mutant.

    Attributes:
        operator: what was done to the solution.
        before: the changed lines as they were.
        after: and as the mutant has them.
        fate: caught by its test; survived; or survived and marked in the answers file as equivalent or tolerated.
        caught_by: the cases that failed (the first one, unless all were asked for), or what ended the test.
    """

    operator: str
    before: str
    after: str
    fate: Literal["caught", "survived", "equivalent", "tolerated"]
    caught_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repetition:
    """The solution's test, run again with other seeds.

    Attributes:
        times: how often.
        failures: seeds' offset and the cases lost, for each run that lost any.
        memory_mb: the most memory that a run needed beyond what was there, in MB; None where it cannot be told.
    """

    times: int
    failures: tuple[str, ...] = ()
    memory_mb: float | None = None


@dataclass(frozen=True)
class WrongAnswer:
    """A line of the catalog of mistakes: what students get wrong, and what they are told."""

    mistake: str
    loses: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class FormResult:
    """What became of the solution when it returned its results in another form.

    Attributes:
        form: such as float32.
        fate: right, it earned everything; lesson, it lost the one case that judges the form by `check.form`; insisted,
            the exercise says in its text that it does not take this form; lost, it lost points otherwise.
        lost: the cases that it lost, or what ended the test.
    """

    form: str
    fate: Literal["right", "lesson", "insisted", "lost"]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class VacuousResult:
    """What an answer that answers nothing earned.

    Attributes:
        answer: such as zeros.
        points: that it earned.
        cases: that it earned them by.
        why: the author's reason; '' if nothing was earned, or if there is none.
    """

    answer: str
    points: float
    cases: tuple[str, ...] = ()
    why: str = ""


@dataclass
class ExerciseProof:
    """What became of one exercise.

    Attributes:
        name: of the exercise.
        points: of its test cell.
        right: how many right answers earned everything.
        wrong: how many wrong answers lost exactly the cases that they name.
        seconds: what its test cell takes with the solution.
        cases: the names of its cases.
        mutants: what became of each mutant.
        repetition: the test under other seeds.
        secrets: with how many secrets the solution and the answers were tried.
        forms: what became of the solution's results in each form that made a difference.
        vacuous: what answers that answer nothing earned.
        in_two: how many answers and forms were tried in two interpreters, too.
        cheating: how many answers that use what the exercise rules out were refused.
        mistakes: the wrong answers, for the catalog.
        problems: everything that did not come out as it must; empty means proved.
    """

    name: str
    points: float
    right: int = 0
    wrong: int = 0
    seconds: float = 0.0
    cases: tuple[str, ...] = ()
    mutants: list[MutantResult] = field(default_factory=list)
    repetition: Repetition = field(default_factory=lambda: Repetition(0))
    secrets: int = 1
    forms: list[FormResult] = field(default_factory=list)
    vacuous: list[VacuousResult] = field(default_factory=list)
    in_two: int = 0
    cheating: int = 0
    mistakes: list[WrongAnswer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, fate: str) -> int:
        """How many mutants met this fate."""
        return sum(mutant.fate == fate for mutant in self.mutants)


@dataclass
class ModuleProof:
    """The proofs of the exercises of one module.

    Attributes:
        module: such as '01_convolution'.
        exercises: those that were proved.
        whole: whether these are all; the share of caught mutants is asked of whole modules only.
    """

    module: str
    exercises: list[ExerciseProof]
    whole: bool = True

    @property
    def problems(self) -> list[str]:
        """All problems, each with the name of its exercise; a share of caught mutants that is too small is one."""
        found = [f"{e.name}: {p}" for e in self.exercises for p in e.problems]
        if self.whole and self.caught_share < LEAST_CAUGHT:
            share = f"{100 * self.caught_share:.1f} % of the mutants are caught"
            found.append(f"{share}; {100 * LEAST_CAUGHT:g} % are asked for. Answer them by new cases.")
        return found

    def count(self, fate: str) -> int:
        """How many mutants of all exercises met this fate."""
        return sum(exercise.count(fate) for exercise in self.exercises)

    @property
    def caught_share(self) -> float:
        """Of the mutants that are not equivalent, the share that is caught; 1 where there are none."""
        caught, missed = self.count("caught"), self.count("survived") + self.count("tolerated")
        return caught / (caught + missed) if caught + missed else 1.0
