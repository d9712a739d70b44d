"""A course of one tiny assignment, and submissions to it: what the grading tests work on."""

from __future__ import annotations

import functools
from pathlib import Path

import nbformat
import nbgrader.api
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir

# nbgrader asks another program (2 s) for this constant each time that it makes an empty gradebook.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)

NAME = "00_mini"
HIDDEN = "double(-3) == -6"

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
DOUBLE_TESTS = f"""\
earned = 0
assert double(2) == 4
### BEGIN HIDDEN TESTS
earned += {HIDDEN}
### END HIDDEN TESTS
earned + 1"""
TRIPLE = "def triple(x):\n    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION"
TRIPLE_TESTS = "import sys\nprint('a warning', file=sys.stderr)\nassert triple(base) == 3 * base"
WHY = "Why?\n\n=== BEGIN MARK SCHEME ===\nBecause.\n=== END MARK SCHEME ==="


def _nbgrader(cell: NotebookNode, grade_id: str, **flags: object) -> NotebookNode:
    part = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    cell.metadata["nbgrader"] = part | {"grade_id": grade_id} | flags
    return cell


def solution(kernel: str = "python3") -> NotebookNode:
    """Two exercises (2 and 1 points) and a written answer (1 point), with locked cells around them."""
    cells = [
        _nbgrader(new_markdown_cell("# Mini"), "title", locked=True),
        _nbgrader(new_code_cell("base = 7"), "shared-1", locked=True),
        _nbgrader(new_markdown_cell("Double it."), "double-text", locked=True),
        _nbgrader(new_code_cell(DOUBLE), "double", solution=True),
        _nbgrader(new_code_cell(DOUBLE_TESTS), "double_tests", grade=True, locked=True, points=2),
        _nbgrader(new_markdown_cell("Triple it."), "triple-text", locked=True),
        _nbgrader(new_code_cell(TRIPLE), "triple", solution=True),
        _nbgrader(new_code_cell(TRIPLE_TESTS), "triple_tests", grade=True, locked=True, points=1),
        _nbgrader(new_markdown_cell(WHY), "why", grade=True, solution=True, points=1),
    ]
    for cell in cells:
        cell["id"] = cell.metadata.nbgrader.grade_id
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def make_course(folder: Path, kernel: str = "python3", timeout: int = 4) -> CourseDir:
    """A built course in `folder`, not yet released."""
    course = CourseDir.sandbox(folder).with_limits(cell_seconds=timeout)
    text = nbformat.writes(solution(kernel))
    for path, content in ((course.solution(NAME), text), (course.released(NAME), generate(NAME, text))):
        path.parent.mkdir(parents=True)
        path.write_text(content, "utf-8")
    return course


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell with this grade_id."""
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def answered(course: CourseDir, **answers: str) -> NotebookNode:
    """The released notebook with some answers filled in."""
    notebook = nbformat.read(course.released(NAME), as_version=4)
    for name, source in answers.items():
        cell(notebook, name)["source"] = source
    return notebook


def hand_in(course: CourseDir, student: str, notebook: NotebookNode | str) -> Path:
    """Put a submission where `collect` would put it."""
    path = course.submitted(NAME, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), "utf-8")
    return path


RIGHT = {"double": "def double(x):\n    return x + x", "triple": "def triple(x):\n    return x + x + x"}
