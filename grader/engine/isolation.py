"""How a submission is kept apart from the machine that grades it: the three ways, named in every result."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Isolation(StrEnum):
    """From the strongest to none. Only the first is called isolated."""

    SANDBOX = "sandbox"
    """Namespaces of its own, as `grader/engine/sandbox` makes them."""

    CONTAINER = "container"
    """A user of its own inside of a container that allows no namespaces: see `grader/engine/container`."""

    NONE = "none"
    """The rights of the grader, a process of its own."""

    @classmethod
    def weakest(cls, found: Iterable[Isolation]) -> Isolation:
        """Of several; the sandbox where there is none."""
        order = list(cls)
        return max(found, key=order.index, default=cls.SANDBOX)

    @property
    def named(self) -> str:
        """In a count of submissions: "3 without isolation"; '' for those in the sandbox."""
        return _NAMED[self]

    @property
    def remark(self) -> str:
        """The sentence on the page of a submission; '' for those in the sandbox."""
        return _REMARKS[self]


_NAMED = {
    Isolation.SANDBOX: "",
    Isolation.CONTAINER: "as users of the container, not isolated",
    Isolation.NONE: "without isolation",
}
_REMARKS = {
    Isolation.SANDBOX: "",
    Isolation.CONTAINER: "It ran as a user of its own in the grading container, which is not isolation.",
    Isolation.NONE: "It ran without isolation from the grading machine.",
}
