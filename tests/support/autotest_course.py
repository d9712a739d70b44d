"""A course whose tests are written as nbgrader's AUTOTEST directives: nbgrader's own examples of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import nbgrader
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

from grader.authoring.generate_release import preprocessors
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.exchange.batch import grade
from grader.exchange.converter import convert, log_file
from grader.exchange.release import release
from grader.exchange.scores import Scores, scores

FILES = Path(nbgrader.__file__).parent / "tests" / "apps" / "files"
EXAMPLE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
"""The assignment ps1_autotest of nbgrader's documentation, and its autotests.yml."""


def autotest_notebook(path: Path) -> NotebookNode:
    """One of nbgrader's notebooks, its metadata in the form of today."""
    notebook = nbformat.read(path, as_version=4)
    upgraded: NotebookNode = MetadataValidator().upgrade_notebook_metadata(notebook)
    for cell in upgraded.cells:
        cell.get("metadata", {}).pop("collapsed", None)
    return upgraded


def autotest_course(folder: Path, name: str, notebook: NotebookNode, templates: Path) -> CourseDir:
    """A course of one assignment in `folder`, its release made but not entered; autotests.yml lies at its root."""
    course = CourseDir.sandbox(folder).with_limits(cell_seconds=20)
    course.solution(name).parent.mkdir(parents=True)
    course.solution(name).write_text(nbformat.writes(notebook), "utf-8")
    (folder / "autotests.yml").write_bytes(templates.read_bytes())
    extra = Config()
    extra.GenerateAssignment.no_database = True
    extra.GenerateAssignment.preprocessors = preprocessors(gradebook=False)
    with log_file(course, "made") as log:
        convert(GenerateAssignment, course, name, log=log, extra=extra)
    return course


def hand_in_and_grade(course: CourseDir, name: str) -> Scores:
    """The scores of two students: one hands in the blank release, the other the solution."""
    release(course, name)
    for student, path in (("blank", course.released(name)), ("solution", course.solution(name))):
        submitted = course.submitted(name, student)
        submitted.parent.mkdir(parents=True)
        shutil.copy(path, submitted)
    grade(course, name, jobs=1, execute=without_isolation)
    return scores(course, name)
