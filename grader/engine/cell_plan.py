"""Which interpreter runs which cell. The instructor's notebook decides, never what a submission says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nbformat import NotebookNode

from grader.engine.author_names import AuthorNames, Code, author_names


class Place(Enum):
    """Where a cell runs. TESTS_ONLY is helpers of the tests: the tester runs them, and anew whenever it is started."""

    NOWHERE = "nowhere"
    STUDENT = "student"
    BOTH = "both"
    TESTER = "tester"
    TESTS_ONLY = "tests only"
    IN_KERNEL = "in kernel"


@dataclass(frozen=True)
class Plan:
    """Where each cell of a notebook runs.

    Attributes:
        places: one for each cell.
        names: what names mean in the author's notebook; None where there is none.
        positions: where each cell stands in the author's notebook; -1 for one that is not in there.
    """

    places: tuple[Place, ...]
    names: AuthorNames | None = None
    positions: tuple[int, ...] = ()

    def position(self, index: int) -> int:
        """Where the cell of this position in the submission stands in the author's notebook; -1 if it does not."""
        return self.positions[index] if self.positions else -1


def plan(notebook: NotebookNode, source: NotebookNode | None = None) -> Plan:
    """Plan the run of a submission.

    Args:
        notebook: the submission, its locked and test cells restored.
        source: the instructor's version, solution or release. Without it, nothing of the submission's metadata is
            believed but what marks its restored test cells.
    """
    originals = {grade_id(cell): cell for cell in source.cells if grade_id(cell)} if source is not None else {}
    all_in_kernel = bool(source is not None and source.metadata.get("in_kernel") is True)
    places = tuple(_place(cell, originals if source is not None else None, all_in_kernel) for cell in notebook.cells)
    if source is None:
        return Plan(places)
    where = {grade_id(cell): index for index, cell in enumerate(source.cells) if grade_id(cell)}
    positions = tuple(where.get(grade_id(cell), -1) for cell in notebook.cells)
    return Plan(places, author_names(_student_code(source, originals, all_in_kernel)), positions)


def _place(cell: NotebookNode, originals: dict[str, NotebookNode] | None, all_in_kernel: bool) -> Place:
    if cell.cell_type != "code":
        return Place.NOWHERE
    name = grade_id(cell)
    original = cell if originals is None else originals.get(name)
    if original is None:
        return Place.STUDENT
    part = original.metadata.get("nbgrader", {})
    if part.get("grade") and not part.get("solution"):
        in_kernel = originals is not None and (all_in_kernel or original.metadata.get("in_kernel") is True)
        return Place.IN_KERNEL if in_kernel else Place.TESTER
    tags = original.metadata.get("tags", []) if originals is not None and part.get("locked") else []
    if "tests_only" in tags:
        return Place.TESTS_ONLY
    return Place.BOTH if "shared" in tags else Place.STUDENT


def grade_id(cell: NotebookNode) -> str:
    """The name that nbgrader gave a cell; "" where it has none."""
    part = cell.metadata.get("nbgrader")
    return str(part.get("grade_id", "")) if isinstance(part, dict) else ""


def _student_code(source: NotebookNode, originals: dict[str, NotebookNode], all_in_kernel: bool) -> tuple[Code, ...]:
    """The cells of the author's notebook that run where the answers run."""
    cells = []
    for index, cell in enumerate(source.cells):
        place = _place(cell, originals, all_in_kernel)
        if place in (Place.STUDENT, Place.BOTH, Place.IN_KERNEL):
            part = cell.metadata.get("nbgrader", {})
            given = not (part.get("solution") or part.get("grade")) and bool(part.get("locked") or not part)
            cells.append(Code(index, cell.source, place is Place.BOTH, given))
    return tuple(cells)
