"""nbgrader's AUTOTEST directives: comments of a test cell until its release has turned them into asserts."""

from __future__ import annotations

from collections.abc import Iterable

from nbformat import NotebookNode

from course_lib.errors import CourseError
from grader.engine.notes import name_of

DIRECTIVE = "AUTOTEST"


def has_directive(cell: NotebookNode) -> bool:
    """Whether a code cell holds a directive: a line that is a comment and names it, as nbgrader reads it."""
    if cell.cell_type != "code":
        return False
    lines = (line.strip() for line in cell.source.split("\n"))
    return any(line.startswith("#") and DIRECTIVE in line for line in lines)


def require_none(tests: Iterable[NotebookNode]) -> None:
    """Refuse test cells that hold a directive: as comments they would give their points to a blank answer.

    Raises:
        CourseError: one does; the cells are named.
    """
    if named := ", ".join(name_of(cell) for cell in tests if has_directive(cell)):
        raise CourseError(
            f"{named}: `### {DIRECTIVE}` stands there as it was written, a comment that tests nothing. "
            "Release the assignment again (`course release`, `nbgrader generate_assignment`), with an autotests.yml."
        )
