"""What a batch has to do: whose submissions are graded already, and whose are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference
from grader.course_dir import CourseDir
from grader.exchange.batch.basis import basis_of
from grader.exchange.batch.files import NotHandedIn, read_submission, students_with, timestamp
from grader.exchange.batch.is_graded import GradedSubmissions, has_this_basis
from grader.exchange.batch.part import Part
from grader.exchange.batch.worker import Task
from grader.exchange.gradebook import find_or_none, open_gradebook
from grader.exchange.reasons import reason


@dataclass
class Plan:
    """The submissions of a batch.

    Attributes:
        current: students whose grades are up to date, and when they handed in ('' for unknown).
        waiting: students to grade, in order; a task's number is the place here.
        missing: students who handed in other notebooks of the assignment, and not this one.
        damaged: students whose file cannot even be found or read, and why.
        submitted: digests of what is being graded, by student.
        given: the author's files beside the notebook.
        extra_time: factors of the time limits, of the students who have one.
    """

    course: CourseDir
    part: Part
    reference: Reference
    given: Mapping[str, bytes]
    extra_time: Mapping[str, float]
    current: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)
    submitted: dict[str, str] = field(default_factory=dict)

    def tasks(self) -> Iterator[Task]:
        """Each waiting submission, read when its turn comes."""
        for number, student in enumerate(self.waiting):
            try:
                submission = read_submission(self.course, self.part, student)
            except Exception as error:  # it was taken away since the plan was made, or has changed
                self.damaged[student] = reason(error)
                continue
            self.submitted[student] = submission.digest
            yield Task(number, submission.data, submission.files, submission.found, self.extra_time.get(student, 1.0))

    def basis(self, student: str) -> dict[str, str]:
        """What the grades of a student are based on now, besides the submission."""
        return basis_of(self.reference, self.given, self.extra_time.get(student, 1.0))


def plan(
    recorded: GradedSubmissions,
    reference: Reference,
    students: Sequence[str],
    *,
    force: bool,
    only: Collection[str],
    given: Mapping[str, bytes],
    extra_time: Mapping[str, float],
) -> Plan:
    """Look at each submission, and at what is recorded of how it was graded.

    Args:
        force: grade everything.
        only: the cells that matter; all by default.
        given: the author's files beside the notebook.
        extra_time: factors of the time limits, of the students who have one.
    """
    made = Plan(recorded.course, recorded.part, reference, given, extra_time)
    for student in students:
        try:
            entry = recorded.entry(student, read_submission(made.course, made.part, student).digest)
            when = timestamp(made.course, made.part.assignment, student)
        except NotHandedIn:
            made.missing.append(student)
            continue
        except Exception as error:  # whatever is wrong with one submission must not cost the others their grades
            made.damaged[student] = reason(error)
            continue
        if not force and entry is not None and has_this_basis(entry, made.basis(student), only):
            made.current[student] = when
        else:
            made.waiting.append(student)
    return made


def chosen(course: CourseDir, assignment: str, students: Sequence[str] | None) -> list[str]:
    """The students to grade: all who handed in, or those who are asked for.

    Raises:
        CourseError: nobody handed in, or one who is asked for did not.
    """
    there = students_with(course, assignment)
    if students is None:
        if not there:
            raise CourseError(f"nobody has handed in {assignment}: run `course collect {assignment} DOWNLOAD` first.")
        return there
    missing = [student for student in students if student not in there]
    if missing:
        with open_gradebook(course) as gradebook:
            known = [student for student in missing if find_or_none(gradebook.find_student, student)]
        if known:
            raise CourseError(f"{', '.join(known)} has not handed in {assignment}.")
        by = ", ".join(there) or "nobody"
        raise CourseError(f"no student is called {', '.join(missing)}; {assignment} was handed in by {by}.")
    return list(dict.fromkeys(students))


def cells_of(reference: Reference, exercise: str | None) -> tuple[str, ...]:
    """The graded cells and the answer of one exercise; () for all."""
    if exercise is None:
        return ()
    return tuple(c.name for c in reference.cells if c.is_core and c.name.removesuffix("_tests") == exercise)


def has_exercise(reference: Reference, exercise: str) -> bool:
    """Whether a notebook has an exercise with points of this name."""
    return exercise in exercises_of(reference)


def exercises_of(reference: Reference) -> list[str]:
    """The names of a notebook's exercises with points."""
    return [cell.name.removesuffix("_tests") for cell in reference.cells if cell.grade]
