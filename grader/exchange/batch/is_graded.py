"""Is this graded? The one answer, by what was recorded when it was graded, and by no date of a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from course_lib.repair.damage import Damaged
from grader.course_dir import CourseDir
from grader.engine.isolation import Isolation
from grader.engine.notes import REPORT, SUBMITTED
from grader.exchange.batch import journal
from grader.exchange.batch.assignment import given_files, load
from grader.exchange.batch.basis import basis_of
from grader.exchange.batch.extra_time import factors
from grader.exchange.batch.files import NotHandedIn, digest_of, is_handed_in, read_submission
from grader.exchange.batch.journal import Entry
from grader.exchange.batch.part import Part, parts_of
from grader.exchange.gradebook import notebooks_of, open_gradebook

Version = Literal["latest", "earlier", "unknown"]


@dataclass(frozen=True)
class GradedSubmissions:
    """What is recorded of the submissions of one notebook that were graded.

    `course grade` records it in the journal, together with the grades. `nbgrader autograde` and the formgrader, which
    know of no journal, leave the submission's digest in the graded notebook (`NoteSubmission`).

    Attributes:
        entries: the journal, by student.
    """

    course: CourseDir
    part: Part
    entries: Mapping[str, Entry]

    def entry(self, student: str, submitted: str) -> Entry | None:
        """How the graded notebook that is there was made of this submission; None if it was not, or not by a batch.

        Args:
            submitted: digest of the submission.
        """
        entry = self.entries.get(student)
        if entry is None or entry.submitted != submitted:
            return None
        return entry if entry.autograded == digest_of(self._graded_notebook(student)) else None

    def version(self, student: str) -> Version:
        """Whether the graded notebook is of what the student handed in last, or of something earlier.

        It is unknown where nothing is handed in, nothing is graded, or nobody recorded what was graded.
        """
        graded = self.digest_graded(student)
        if not graded or not is_handed_in(self.course, self.part.assignment, student):
            return "unknown"
        try:
            return "latest" if graded == self._digest_submitted(student) else "earlier"
        except Damaged:
            return "earlier"

    def is_missing(self, student: str) -> bool:
        """Whether the student handed in other notebooks of the assignment, and not this one."""
        try:
            read_submission(self.course, self.part, student)
        except NotHandedIn:
            return True
        except Damaged:
            pass
        return False

    def isolation(self, student: str) -> Isolation:
        """How the submission was kept apart from the machine while it ran, as far as the journal knows."""
        entry = self.entries.get(student)
        return Isolation.SANDBOX if entry is None else entry.isolation

    def _digest_submitted(self, student: str) -> str:
        return read_submission(self.course, self.part, student).digest

    def digest_graded(self, student: str) -> str:
        """Digest of the submission that the graded notebook is of; '' for none or unknown."""
        content, entry = self._graded_notebook(student), self.entries.get(student)
        if entry is not None and entry.autograded == digest_of(content):
            return entry.submitted
        try:
            return str(json.loads(content)["metadata"][REPORT][SUBMITTED])
        except (ValueError, KeyError, TypeError):
            return ""

    def _graded_notebook(self, student: str) -> bytes:
        """The graded notebook; nothing where there is none."""
        path = self.course.autograded(self.part.assignment, student, self.part.notebook)
        return path.read_bytes() if path.is_file() else b""


@dataclass(frozen=True)
class GradedAssignment:
    """The same for all notebooks of an assignment together.

    Attributes:
        extra_time: factors of the time limits, of the students who have one.
    """

    notebooks: tuple[GradedSubmissions, ...]
    extra_time: Mapping[str, float]

    def version(self, student: str) -> Version:
        """Whether what is graded is of what the student handed in last, or in part of something earlier."""
        there = [one for one in self.notebooks if len(self.notebooks) == 1 or not one.is_missing(student)]
        found: set[Version] = {one.version(student) for one in there}
        if "earlier" in found:
            return "earlier"
        return "latest" if found == {"latest"} else "unknown"

    def isolation(self, student: str) -> Isolation:
        """How the submission was kept apart from the machine while it ran: the weakest way of its notebooks."""
        return Isolation.weakest(one.isolation(student) for one in self.notebooks)

    def by_an_earlier_assignment(self) -> int:
        """How many were graded before tests, points, given code or files of the assignment changed, or their time.

        Raises:
            CourseError: the gradebook cannot be read.
        """
        first = self.notebooks[0]
        if not any(one.entries for one in self.notebooks):
            return 0
        references = {loaded.part: loaded.reference for loaded in load(first.course, first.part.assignment)}
        given = given_files(first.course, first.part.assignment)
        stale = {
            student
            for one in self.notebooks
            for student, entry in one.entries.items()
            if is_handed_in(first.course, first.part.assignment, student)  # the journal keeps who was removed
            and not has_this_basis(entry, basis_of(references[one.part], given, self.extra_time.get(student, 1.0)))
        }
        return len(stale)


def graded(course: CourseDir, assignment: str) -> GradedAssignment:
    """Read what is recorded of an assignment. Raises CourseError where the gradebook cannot be read."""
    with open_gradebook(course) as gradebook:
        names = [assignment] if course.is_ours else notebooks_of(gradebook, assignment)
        connection = gradebook.db.connection()
        parts = parts_of(assignment, names)
        return GradedAssignment(
            tuple(GradedSubmissions(course, part, journal.entries(connection, part.key)) for part in parts),
            factors(connection, assignment),
        )


def has_this_basis(entry: Entry, basis: Mapping[str, str], only: Collection[str] = ()) -> bool:
    """Whether this was graded with these cells, files and time limits; `only` these cells matter, or all of them."""
    return all(entry.reference.get(name) == digest for name, digest in basis.items() if not only or name in only)
