"""What a test sees when the student's process is no longer there to answer."""

from __future__ import annotations


class StudentLost(RuntimeError):
    """The student's process did not answer."""


class StudentDied(StudentLost):
    """The student's process ended while it was asked for something."""


class StudentTimeout(StudentLost):
    """The student's code ran longer than it may."""


class StudentRefused(StudentLost):
    """The student's process answered with something that is no value."""
