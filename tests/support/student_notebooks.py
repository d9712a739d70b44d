"""Notebooks of a student as small as a test needs them, with nbgrader's metadata, and what `course check` prints."""

from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum
from rich.console import Console

from course_lib import selfcheck


def text(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def code(source: str, **metadata: Any) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def graded(cell: NotebookNode, name: str, answered: str | None = None, **options: Any) -> NotebookNode:
    """Give a cell nbgrader's metadata and the checksum of its release, then the student's `answered` source."""
    cell.metadata["nbgrader"] = {
        "grade": False, "solution": False, "task": False, "locked": False, "schema_version": 3, "grade_id": name
    } | options  # fmt: skip
    cell.metadata["nbgrader"]["checksum"] = compute_checksum(cell)
    if answered is not None:
        cell.source = answered
    return cell


def answer(name: str, released: str, answered: str | None = None) -> NotebookNode:
    return graded(code(released), name, answered, solution=True)


def checked(name: str, source: str, points: float, changed: str | None = None) -> NotebookNode:
    return graded(code(source), f"test_{name}", changed, grade=True, locked=True, points=points)


def written(name: str, points: float, answered: str | None = None) -> NotebookNode:
    return graded(text("Why?\n\nYOUR ANSWER HERE"), name, answered, grade=True, solution=True, points=points)


def save(folder: Path, *book: NotebookNode, **metadata: Any) -> Path:
    path = folder / "01_convolution.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=list(book), metadata=kernel | metadata), path)
    return path


def shown(report: selfcheck.Report) -> tuple[int, str]:
    console = Console(width=100, file=StringIO())
    status = selfcheck.show(report, console)
    return status, "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())
