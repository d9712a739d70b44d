"""One notebook of an assignment: what is graded at a time. In our own course an assignment is one notebook."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A notebook of an assignment.

    Attributes:
        others: the names of the assignment's other notebooks.
    """

    assignment: str
    notebook: str
    others: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return self.assignment if self.notebook == self.assignment else f"{self.assignment}/{self.notebook}"


def parts_of(assignment: str, notebooks: list[str]) -> list[Part]:
    """The parts of an assignment with these notebooks, in this order."""
    return [Part(assignment, one, tuple(other for other in notebooks if other != one)) for one in notebooks]
