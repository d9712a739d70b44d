"""The one error that a person is meant to read: a sentence about what happened and what to do."""


class CourseError(Exception):
    """A mistake in the input, not in the program. The command line shows only its message and exits with 2."""
