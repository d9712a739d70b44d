"""The points of a class in one assignment, read from the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from grader.course_dir import CourseDir
from grader.engine.isolation import Isolation
from grader.exchange.batch import GradedAssignment, graded, is_handed_in
from grader.exchange.gradebook import find_or_none, open_gradebook, require_released
from grader.exchange.release import exercise_order

Status = Literal["graded", "needs manual grading", "not graded", "not submitted"]


@dataclass(frozen=True)
class Exercise:
    """A graded cell: its name, its points, and whether a person gives them.

    Attributes:
        notebook: in which it is, where the assignment has several; '' otherwise.
    """

    cell: str
    points: float
    by_hand: bool
    notebook: str = ""

    @property
    def name(self) -> str:
        """The name of the exercise: that of the cell without `_tests`."""
        name = self.cell.removesuffix("_tests")
        return f"{self.notebook}/{name}" if self.notebook else name


@dataclass(frozen=True)
class Row:
    """One student.

    Attributes:
        points: per exercise (by its name); None where nothing is known yet, which is not zero.
        isolation: how the submission was kept apart from the machine while it was graded.
        status: `not graded` when what was handed in last was not run yet or could not be, `not submitted` when there is
            nothing.
        penalty: points off for being late, as the gradebook has it: it may be more than is left of the points.
        due: when the assignment was due, without the extension; UTC, as `submitted_at` is.
    """

    student: str
    first_name: str
    last_name: str
    points: dict[str, float | None]
    status: Status
    isolation: Isolation = Isolation.SANDBOX
    penalty: float = 0.0
    due: datetime | None = None
    extension: timedelta | None = None
    submitted_at: datetime | None = None

    @property
    def raw(self) -> float | None:
        """Points so far, before the penalty; None without a grade."""
        if self.status in ("not graded", "not submitted"):
            return None
        return sum(points for points in self.points.values() if points is not None)

    @property
    def total(self) -> float | None:
        """What counts, as nbgrader's own export has it; None without a grade."""
        return None if self.raw is None else max(0.0, self.raw - self.penalty)

    @property
    def name(self) -> str:
        """First and last name, or the id where the name is not known."""
        return f"{self.first_name} {self.last_name}".strip() or self.student


@dataclass(frozen=True)
class Scores:
    """An assignment's exercises in order, and a row per student by last name."""

    assignment: str
    exercises: list[Exercise]
    rows: list[Row]

    @property
    def max(self) -> float:
        """The most that can be earned."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def by_hand(self) -> float:
        """The part of `max` that a person gives."""
        return sum(exercise.points for exercise in self.exercises if exercise.by_hand)

    def of(self, student: str) -> Row:
        """The row of one student."""
        return next(row for row in self.rows if row.student == student)


def scores(course: CourseDir, assignment: str) -> Scores:
    """Read the points of every student of the gradebook.

    Raises:
        CourseError: the assignment is unknown or not released, or the gradebook cannot be read.
    """
    require_released(course, assignment)
    recorded = graded(course, assignment)
    with open_gradebook(course) as gradebook:
        entry = gradebook.find_assignment(assignment)
        notebooks = sorted(entry.notebooks, key=lambda notebook: notebook.name)
        exercises = [one for notebook in notebooks for one in _exercises(course, notebook, several=len(notebooks) > 1)]
        rows = []
        for student in gradebook.students:
            submission = find_or_none(gradebook.find_submission, assignment, student.id)
            missing: Status = "not graded" if is_handed_in(course, assignment, student.id) else "not submitted"
            rows.append(_row_of(student, submission, exercises, recorded, missing, entry.duedate))
    rows.sort(key=lambda row: (row.last_name.casefold(), row.first_name.casefold(), row.student))
    return Scores(assignment, exercises, rows)


def _exercises(course: CourseDir, notebook: Any, *, several: bool) -> list[Exercise]:
    """The graded cells of one notebook, in its order; those with points of a manual task among them."""
    order = exercise_order(course, notebook.assignment.name, notebook.name)
    answers = {cell.name for cell in notebook.solution_cells}
    part = notebook.name if several else ""
    graded_cells = [(cell, cell.name in answers or cell.cell_type == "markdown") for cell in notebook.grade_cells]
    graded_cells += [(task, True) for task in notebook.task_cells]
    exercises = [Exercise(cell.name, cell.max_score, by_hand, part) for cell, by_hand in graded_cells]
    return sorted(exercises, key=lambda one: order.index(one.cell) if one.cell in order else len(order))


def _row_of(
    student: Any,
    submission: Any,
    exercises: list[Exercise],
    recorded: GradedAssignment,
    missing: Status,
    due: datetime | None,
) -> Row:
    """The points of one student; `missing` is the status where the gradebook knows of no submission."""
    names = (student.id, student.first_name or "", student.last_name or "")
    if submission is None:
        return Row(*names, dict.fromkeys((e.name for e in exercises), None), missing, due=due)
    several = len(submission.notebooks) > 1
    grades = {
        (notebook.name if several else "", grade.name): grade
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    points = {e.name: _points_of(grades.get((e.notebook, e.cell))) for e in exercises}
    status: Status = "graded"
    if missing == "not submitted" and submission.timestamp is None and not any(p is not None for p in points.values()):
        status = missing  # the gradebook keeps an extension as part of a submission
    elif any(points[e.name] is None for e in exercises if not e.by_hand) or recorded.version(student.id) == "earlier":
        status = "not graded"
    elif any(points[e.name] is None or grades[e.notebook, e.cell].needs_manual_grade for e in exercises):
        status = "needs manual grading"
    return Row(
        *names,
        points,
        status,
        isolation=recorded.isolation(student.id),
        penalty=submission.late_submission_penalty,
        due=due,
        extension=submission.extension,
        submitted_at=submission.timestamp,
    )


def _points_of(grade: Any) -> float | None:
    """A person's points win over the tests'; extra credit counts."""
    if grade is None:
        return None
    given = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return None if given is None else given + (grade.extra_credit or 0.0)
