"""What there is to say of a class's work in one assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.case_results import CaseResult
from grader.exchange.changes import Change, changes
from grader.exchange.report.class_results import class_results
from grader.exchange.report.messages import headline
from grader.exchange.report.mistakes import Answered, KnownMistake, Mistake, may_be_known, mistakes_in
from grader.exchange.report.not_graded import why_not_graded
from grader.exchange.report.statistics import discrimination, mean_share
from grader.exchange.scores import Exercise, Row, Scores, scores
from grader.exchange.similar import Compared, similar_answers

Catalog = Callable[[Mapping[str, Sequence[str]]], Sequence[KnownMistake]]
"""Gives the known mistakes in exercises; it is told the code of the answers that failed, by exercise."""


@dataclass(frozen=True)
class CaseLine:
    """One case of an exercise in the whole class.

    Attributes:
        name: '' where the whole test is one case, or ended before its cases.
        hidden: whether students do not see it, or not that part of the test in which they failed.
        failed: how many lost it.
        says: what the test says most often, in a sentence; '' where everybody passed.
        times: to how many.
        message: the whole of it, once.
    """

    name: str
    hidden: bool
    failed: int
    says: str
    times: int
    message: str


@dataclass(frozen=True)
class ExerciseLine:
    """One exercise in the whole class.

    Attributes:
        answered: how many students' tests are known.
        failed: how many of them lost a case.
        difficulty: mean share of the points; None where somebody waits for them.
        discrimination: corrected item-total correlation; None where it is not defined.
    """

    exercise: Exercise
    answered: int
    failed: int
    difficulty: float | None
    discrimination: float | None
    cases: list[CaseLine]
    mistakes: list[Mistake]


@dataclass(frozen=True)
class ClassReport:
    """The whole report.

    Attributes:
        graded: the rows of those who have a grade, so far as there is one.
        when: the last notebook was graded; None where none is there.
        not_graded: why, by student.
        changes: what the last grading changed.
        similar: answers that are nearly the same.
    """

    scores: Scores
    graded: list[Row]
    when: datetime | None
    exercises: list[ExerciseLine]
    not_graded: Mapping[str, str]
    has_catalog: bool
    changes: Sequence[Change]
    similar: Compared

    @property
    def names(self) -> dict[str, str]:
        """The students' names by id."""
        return {row.student: row.name for row in self.scores.rows}

    @property
    def totals(self) -> list[float]:
        """The totals of those who have a grade."""
        return [row.total for row in self.graded if row.total is not None]

    @property
    def mean(self) -> float | None:
        """Of the totals."""
        return mean(self.totals) if self.totals else None

    @property
    def median(self) -> float | None:
        """Of the totals."""
        return median(self.totals) if self.totals else None

    @property
    def mistakes(self) -> list[Mistake]:
        """All mistakes that have a name, the most frequent first."""
        found = [one for line in self.exercises for one in line.mistakes if one.kind not in ("unanswered", "other")]
        return sorted(found, key=lambda one: (-len(one.students), one.kind not in ("known", "named")))

    @property
    def unanswered(self) -> list[Mistake]:
        """The exercises that were left as they came, the most frequent first."""
        found = [one for line in self.exercises for one in line.mistakes if one.kind == "unanswered"]
        return sorted(found, key=lambda one: -len(one.students))

    @property
    def by_hand(self) -> list[Row]:
        """Who waits for a person's grade."""
        return [row for row in self.graded if row.status == "needs manual grading"]

    @property
    def not_submitted(self) -> list[Row]:
        """Who handed in nothing."""
        return [row for row in self.scores.rows if row.status == "not submitted"]


def class_report(course: CourseDir, assignment: str, catalog: Catalog | None = None) -> ClassReport:
    """Look at the graded notebooks of a class.

    Args:
        catalog: the course's known mistakes, where it has any.

    Raises:
        CourseError: the assignment is unknown, or nothing of it is graded yet.
    """
    table = scores(course, assignment)
    rows = [row for row in table.rows if row.total is not None]
    if not rows:
        raise CourseError(f"nothing of {assignment} is graded yet: run `course grade {assignment}` first.")
    answers, when = class_results(course, assignment, table.exercises, [row.student for row in rows])
    known = catalog(_wrong_codes(answers)) if catalog else ()
    lines = [_line(one, table.exercises, rows, answers[one.name], known) for one in table.exercises]
    waiting = [row.student for row in table.rows if row.status == "not graded"]
    why = why_not_graded(course, assignment, waiting)
    changed, alike = changes(course, assignment), similar_answers(course, assignment)
    return ClassReport(table, rows, when, lines, why, catalog is not None, changed, alike)


def _wrong_codes(answers: Mapping[str, Mapping[str, Answered]]) -> dict[str, list[str]]:
    """The code of the answers that failed and may hold a known mistake, for each exercise that has any."""
    found = {
        name: [answer.source for answer in given.values() if answer.failed and may_be_known(answer)]
        for name, given in answers.items()
    }
    return {name: codes for name, codes in found.items() if codes}


def _line(
    exercise: Exercise,
    exercises: Sequence[Exercise],
    rows: Sequence[Row],
    given: Mapping[str, Answered],
    catalog: Sequence[KnownMistake],
) -> ExerciseLine:
    failing = {student: answer for student, answer in given.items() if answer.failed}
    known = [one for one in catalog if one.exercise == exercise.name]
    return ExerciseLine(
        exercise,
        len(given),
        len(failing),
        mean_share(exercise, rows),
        discrimination(exercise, exercises, rows),
        _case_lines(list(given.values())),
        mistakes_in(exercise.name, failing, known),
    )


def _case_lines(given: Sequence[Answered]) -> list[CaseLine]:
    """The cases in the order of the test."""
    by_name: dict[str, list[CaseResult]] = {}
    # The tests that came to their end first: they know all cases, and their order.
    for answer in sorted(given, key=lambda one: -len(one.cases)):
        for case in answer.cases:
            by_name.setdefault(case.name, []).append(case)
    return [_case_line(name, cases) for name, cases in by_name.items()]


def _case_line(name: str, cases: Sequence[CaseResult]) -> CaseLine:
    lost = [case for case in cases if case.failed]
    said = Counter(headline(case.message) for case in lost)
    says, times = said.most_common(1)[0] if said else ("", 0)
    message = next((case.message for case in lost if headline(case.message) == says), "")
    return CaseLine(name, all(case.hidden for case in lost or cases), len(lost), says, times, message)
