"""From verdicts to files and gradebook: what is recorded is complete, or not there."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference
from grader.exchange.batch.files import TIMESTAMP, digest_of, replacing, timestamp
from grader.exchange.batch.journal import Entry
from grader.exchange.batch.merge import merged
from grader.exchange.batch.plan import Plan, is_intact
from grader.exchange.batch.report import Graded
from grader.exchange.batch.worker import Failure, Verdict
from grader.exchange.batch.writer import Record, Writer
from grader.exchange.gradebook import told
from grader.nbgrader_config import CourseDir


@dataclass(frozen=True)
class Recorder:
    """Records the verdicts of a batch.

    Attributes:
        entries: the journal as it was when the batch began.
        only: the cells of the one exercise to regrade; () for all.
    """

    course: CourseDir
    reference: Reference
    plan: Plan
    writer: Writer
    entries: Mapping[str, Entry]
    only: Collection[str]
    log: logging.Logger

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
        old = self.entries.get(student)
        submitted = self.plan.submitted[student]
        intact = old is not None and is_intact(self.course, self.reference.notebook, student, submitted, old)
        only = self.only if intact else ()  # what was never graded, or has changed, is graded whole
        path = self.course.autograded(self.reference.notebook, student)
        text = merged(path, verdict.text, only) if only else verdict.text
        digests = self.reference.digests
        if only and old is not None:
            digests = old.reference | {name: value for name, value in digests.items() if name in only}
        content = text.encode("utf-8")
        entry = Entry(
            submitted=submitted,
            autograded=digest_of(content),
            reference=digests,
            repairs=verdict.repairs,
            notes=verdict.notes,
            stopped=verdict.stopped,
            died=verdict.died,
            isolated=verdict.isolated,
        )
        again = old is not None and old.submitted == submitted
        when = timestamp(self.course, self.reference.notebook, student)
        record = Record(student, verdict.points or {}, verdict.blank or {}, when, again, entry)
        try:
            with told(self.course), replacing(path, content):
                points = self.writer.write(record, only)
            if when:
                handed_in = self.course.submitted(self.reference.notebook, student).with_name(TIMESTAMP)
                shutil.copyfile(handed_in, path.with_name(TIMESTAMP))
        except OSError as error:
            raise CourseError(f"{path} cannot be written: {error.strerror}. {ANEW}") from error
        return graded(student, "graded", entry), points

    def refuse(self, student: str, reason: str, failure: Failure) -> Graded:
        """Take the tests' points out: what an earlier version earned says nothing about one that cannot be graded."""
        nothing = dict.fromkeys(self.reference.digests, None)
        when = timestamp(self.course, self.reference.notebook, student)
        with told(self.course):
            self.writer.write(Record(student, nothing, {}, when, again=False, entry=None))
        self.course.autograded(self.reference.notebook, student).unlink(missing_ok=True)
        return Graded(student, "not graded", reason, failure)


ANEW = "What was graded until now is kept; run the same command again to grade the rest."


def graded(student: str, outcome: str, entry: Entry) -> Graded:
    """The report on a graded submission, as its journal entry has it."""
    return Graded(
        student,
        "graded" if outcome == "graded" else "unchanged",
        repairs=entry.repairs,
        notes=entry.notes,
        stopped=entry.stopped,
        died=entry.died,
        isolated=entry.isolated,
    )
