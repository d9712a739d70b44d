"""The example course that `nbgrader quickstart` makes, handed in by four students, and the points in its gradebook."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

NAME = "course101"
PROBLEMS = ("problem1", "problem2")
RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [i**2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_application": "def pyramid(n):\n    return sum_of_squares(n)",
    "sum_of_squares_equation": "$n(n+1)(2n+1)/6$",
    "part-a": "It recurs.",
}
WRONG = {
    "squares": "def squares(n):\n    return [i**2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(i**2 for i in range(n))",
}
POINTS = """
select student.id, notebook.name, base_cell.name, grade.auto_score, grade.needs_manual_grade from grade
join base_cell on base_cell.id = grade.cell_id join notebook on notebook.id = base_cell.notebook_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join student on student.id = submitted_assignment.student_id"""

Points = Mapping[tuple[str, str, str], tuple[float | None, int]]
"""Points by tests, and whether a person is to look, by student, notebook and cell."""


def run(folder: Path, module: str, *arguments: str) -> str:
    """Run `python -m MODULE ARGUMENTS` in a folder; it must end well. What it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COURSE_"))}
    environment |= {"COLUMNS": "200"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def quickstart(folder: Path) -> Path:
    """Make the course as its documentation says."""
    run(folder, "nbgrader", "quickstart", NAME)
    return folder / NAME


def add_to_config(course: Path, *lines: str) -> None:
    """Add lines to the end of the course's configuration."""
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")


def hand_in(course: Path, into: Path, structure: str) -> None:
    """Four submissions of what was released, in a folder each: `{student}/ps1`, or `{student}`."""
    answers: dict[str, Mapping[str, str]] = {"right": RIGHT, "blank": {}, "wrong": WRONG, "half": RIGHT}
    for student, given in answers.items():
        for problem in PROBLEMS[:1] if student == "half" else PROBLEMS:
            notebook = nbformat.read(course / "release" / "ps1" / f"{problem}.ipynb", as_version=4)
            for cell in notebook.cells:
                cell.source = given.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            path = into / structure.format(student=student) / f"{problem}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, path)


def points(course: Path) -> Points:
    """What the gradebook says."""
    with sqlite3.connect(course / "gradebook.db") as database:
        return {row[:3]: row[3:] for row in database.execute(POINTS)}
