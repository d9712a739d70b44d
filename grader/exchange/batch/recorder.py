"""From verdicts to files and gradebook: what is recorded is complete, or not there."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.repair.damage import Damaged
from course_lib.repair.reference import Reference
from grader.course_dir import CourseDir
from grader.exchange.batch.files import digest_of, timestamp, why_no_student
from grader.exchange.batch.grade_report import Graded, result_of
from grader.exchange.batch.graded_notebook import merged
from grader.exchange.batch.handed_in_at import TIMESTAMP
from grader.exchange.batch.history import Because
from grader.exchange.batch.is_graded import GradedSubmissions
from grader.exchange.batch.journal import Entry
from grader.exchange.batch.plan import Plan
from grader.exchange.batch.reasons_of_change import Compared
from grader.exchange.batch.worker import Failure, Verdict
from grader.exchange.batch.writer import Record, Writer
from grader.exchange.gradebook import told
from grader.exchange.kinds import is_of_one_place, is_plain_file
from grader.exchange.reasons import reason
from grader.whole_files import replacing


@dataclass(frozen=True)
class Recorder:
    """Records the verdicts of a batch.

    Attributes:
        recorded: what was graded of what when the batch began.
        only: the cells of the one exercise to regrade; () for all.
    """

    recorded: GradedSubmissions
    plan: Plan
    writer: Writer
    only: Collection[str]
    log: logging.Logger

    @property
    def reference(self) -> Reference:
        """What the submissions are compared with."""
        return self.plan.reference

    @property
    def course(self) -> CourseDir:
        """Where it all lies."""
        return self.recorded.course

    def record(self, verdict: Verdict) -> tuple[Graded, float | None]:
        """Write a verdict down; what became of the submission, and its points.

        Raises:
            CourseError: the gradebook or the disk cannot be written. Nothing of this submission has changed then.
        """
        student = self.plan.waiting[verdict.number]
        if verdict.failure:
            self.log.error("%s could not be graded: %s\n%s", student, verdict.reason, verdict.trace)
            return self.refuse(student, verdict.reason, verdict.failure), None
        for line in (*verdict.repairs, *verdict.notes):
            self.log.info("%s: %s", student, line)
        try:
            return self._record_grades(student, verdict)
        except CourseError:
            raise
        except Exception as error:  # of this submission alone: where it is to be kept, something odd stands
            self.log.exception("%s could not be recorded", student)
            return self.refuse(student, f"it could not be recorded: {reason(error)}", "crashed"), None

    def _record_grades(self, student: str, verdict: Verdict) -> tuple[Graded, float | None]:
        submitted = self.plan.submitted[student]
        old = self.recorded.entry(student, submitted)
        only = self.only if old else ()  # what was never graded, or has changed, is graded whole
        path = self._autograded(student)
        text = merged(path, verdict.text, only) if only else verdict.text
        basis = self.plan.basis(student)
        if only and old:
            basis = old.reference | {name: value for name, value in basis.items() if name in only}
        content = text.encode("utf-8")
        entry = Entry(
            submitted=submitted,
            autograded=digest_of(content),
            reference=basis,
            repairs=verdict.repairs,
            notes=verdict.notes,
            stopped=verdict.stopped,
            died=verdict.died,
            isolation=verdict.isolation,
        )
        before = self.recorded.entries.get(student)
        again = before is not None and before.submitted == submitted
        when = timestamp(self.course, self.recorded.part.assignment, student)
        explain = Compared(path, text, self.reference, self._is_other(student, submitted), (_basis(before), basis))
        record = Record(student, verdict.points or {}, verdict.blank or {}, when, again, entry, explain=explain)
        stamp = path.with_name(TIMESTAMP)
        # The notebook last: with it, the next batch takes all of the submission as done.
        files = ({stamp: f"{when}\n".encode()} if when else {}) | self._given_beside(path) | {path: content}
        try:
            with told(self.course), replacing(files):
                points = self.writer.write(record, only)
            if not when:
                stamp.unlink(missing_ok=True)
        except OSError as error:
            if is_of_one_place(error):
                raise
            raise CourseError(f"{path} cannot be written: {error.strerror}. {ANEW}") from error
        return result_of(student, "graded", entry), points

    def refuse(self, student: str, reason: str, failure: Failure) -> Graded:
        """Take the tests' points out: what an earlier version earned says nothing about one that cannot be graded."""
        if not why_no_student(student):
            nothing = dict.fromkeys(self.reference.digests, None)
            why, when = Because(f"it could not be graded: {reason}"), self._time_of(student)
            with told(self.course):
                self.writer.write(Record(student, nothing, {}, when, again=False, entry=None, explain=why))
        try:
            self._autograded(student).unlink(missing_ok=True)
        except OSError:
            self.log.exception("what was graded of %s before could not be removed", student)
        return Graded(student, "not graded", reason, failure)

    def none_for(self, student: str) -> Graded:
        """No points for a notebook that was not handed in where others of the assignment were, as nbgrader has it."""
        cells = [cell for cell in self.reference.cells if cell.is_core]
        record = Record(
            student,
            {cell.name: 0.0 for cell in cells if cell.grade or cell.task},
            {cell.name: True for cell in cells if cell.solution or cell.task},
            self._time_of(student),
            again=False,
            entry=None,
            by_hand=False,
            explain=Because("another submission, without this notebook"),
        )
        with told(self.course):
            known = self.writer.has_points(record)
            self.writer.write(record)
        self._autograded(student).unlink(missing_ok=True)
        return Graded(
            student,
            "unchanged" if known else "graded",
            notes=(f"{self.recorded.part.notebook}.ipynb was not handed in: no points",),
        )

    def stamp_current(self) -> None:
        """Copy the time stamps of submissions whose grades are up to date, as far as they say another time now.

        Raises:
            CourseError: one cannot be written.
        """
        for student, when in self.plan.current.items():
            stamp, content = self._autograded(student).with_name(TIMESTAMP), f"{when}\n".encode()
            try:
                if when and not _holds(stamp, content):
                    with replacing({stamp: content}):
                        pass
            except OSError as error:
                raise CourseError(f"{stamp} cannot be written: {error.strerror}. {ANEW}") from error

    def _is_other(self, student: str, submitted: str) -> bool:
        """Whether what was graded before is known to be of another submission."""
        graded = self.recorded.digest_graded(student)
        return bool(graded) and graded != submitted

    def _given_beside(self, notebook: Path) -> dict[Path, bytes]:
        """The author's files that do not lie there yet: the text of the notebook may show them."""
        places = {notebook.with_name(name): content for name, content in self.plan.given.items()}
        return {place: content for place, content in places.items() if not _holds(place, content)}

    def _autograded(self, student: str) -> Path:
        part = self.recorded.part
        return self.course.autograded(part.assignment, student, part.notebook)

    def _time_of(self, student: str) -> str:
        """When it was handed in, as far as that can be read."""
        try:
            return timestamp(self.course, self.recorded.part.assignment, student)
        except (Damaged, OSError):
            return ""


def _basis(entry: Entry | None) -> Mapping[str, str]:
    return entry.reference if entry is not None else {}


def _holds(path: Path, content: bytes) -> bool:
    return is_plain_file(path) and path.read_bytes() == content


ANEW = "What was graded until now is kept; run the same command again to grade the rest."
