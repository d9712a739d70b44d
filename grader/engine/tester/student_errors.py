"""What a test sees when the student's process is no longer there to answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Loss:
    """How a process was lost while a test talked to it.

    Attributes:
        reason: in half a sentence; '' where only the grader knows it.
        seconds: after which the call was stopped, because it took too long; None if it did not.
        whole_cell: these are the seconds of the whole test cell.
        turn: of the message that it sent without being asked; None if it did not.
    """

    reason: str = ""
    seconds: float | None = None
    whole_cell: bool = False
    turn: int | None = None


class StudentLost(RuntimeError):
    """The student's process did not answer.

    Attributes:
        told_of_hidden: what a student is told where it happens in a hidden case.
    """

    told_of_hidden = "The process of the submission was lost during this call."


class StudentDied(StudentLost):
    """The student's process ended while it was asked for something."""


class StudentTimeout(StudentLost):
    """The student's code ran longer than it may."""

    told_of_hidden = "This call took too long and was stopped."


class StudentRefused(StudentLost):
    """The student's process answered with something that is no value."""


class StudentOutOfStep(StudentRefused):
    """The student's process sent what belongs to an earlier question: this one may be asked again in a new process."""
