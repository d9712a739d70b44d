"""Hidden cases draw from the secret of a course: proofs draw from three fixed ones, and all must say the same."""

from __future__ import annotations

from course_lib.check.rng import use_secret
from grader.authoring import code
from grader.authoring.source import Cell

SECRETS = ("first", "second", "third")
"""The first one counts for everything; the solution, the right and the wrong answers are tried with the others too."""


def use(secret: str) -> None:
    """From here on, this process draws from this secret."""
    use_secret(secret.encode())


def used_in(test: Cell) -> bool:
    """Whether the test draws from the secret at all."""
    return any(call.name == "rng" for call in code.method_calls(code.parse(test.source), "check"))


def of(test: Cell) -> tuple[str, ...]:
    """The secrets that an answer to this test is tried with."""
    return SECRETS if used_in(test) else SECRETS[:1]
