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


class NotTheAuthors(Exception):
    """A name that the author imports is bound to something else in the submission.

    No NameError or AssertionError: a test that expects one of the student's code must not take this for it.
    """

    def __init__(self, name: str, targets: list[str]) -> None:
        """Say what the name should be."""
        meant = " or ".join(target.replace(":", ".") for target in targets)
        super().__init__(
            f"`{name}` is {meant} in this notebook, and the submission binds it to something else. A test uses it as "
            "the notebook has it only: restore the import, or choose another name for what replaced it."
        )


class StudentDied(StudentLost):
    """The student's process ended while it was asked for something."""


class StudentTimeout(StudentLost):
    """The student's code ran longer than it may."""

    told_of_hidden = "This call took too long and was stopped."


class StudentRefused(StudentLost):
    """The student's process answered with something that is no value."""


class StudentOutOfStep(StudentRefused):
    """The student's process sent what belongs to an earlier question: this one may be asked again in a new process."""
