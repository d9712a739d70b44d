"""Which interpreter runs which cell. The instructor's notebook decides, never what a submission says of itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nbformat import NotebookNode


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
        imports: import statements that the tester runs first: for notebooks that mark no cell as shared.
    """

    places: tuple[Place, ...]
    imports: str


def plan(notebook: NotebookNode, source: NotebookNode | None = None) -> Plan:
    """Plan the run of a submission.

    Args:
        notebook: the submission, its locked and test cells restored.
        source: the instructor's version, solution or release. Without it, nothing of the submission's metadata is
            believed but what marks its restored test cells.
    """
    originals = {_grade_id(cell): cell for cell in source.cells if _grade_id(cell)} if source is not None else {}
    all_in_kernel = bool(source is not None and source.metadata.get("in_kernel") is True)
    places = tuple(_place(cell, originals if source is not None else None, all_in_kernel) for cell in notebook.cells)
    shared = Place.BOTH in places
    return Plan(places, "" if shared else _imports((source or notebook).cells, trusted=source is not None))


def _place(cell: NotebookNode, originals: dict[str, NotebookNode] | None, all_in_kernel: bool) -> Place:
    if cell.cell_type != "code":
        return Place.NOWHERE
    name = _grade_id(cell)
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


def _grade_id(cell: NotebookNode) -> str:
    part = cell.metadata.get("nbgrader")
    return str(part.get("grade_id", "")) if isinstance(part, dict) else ""


def _imports(cells: list[NotebookNode], *, trusted: bool) -> str:
    """The imports at the top level of the cells that students do not write."""
    lines: list[str] = []
    for cell in cells:
        part: dict[str, Any] = cell.metadata.get("nbgrader", {})
        ours = part.get("locked") or (trusted and not part)
        if cell.cell_type != "code" or not ours or part.get("solution") or part.get("grade"):
            continue
        try:
            tree = ast.parse("\n".join(line for line in cell.source.splitlines() if not line.startswith(("%", "!"))))
        except SyntaxError:
            continue
        lines += [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(dict.fromkeys(lines))
