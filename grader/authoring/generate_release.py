"""The release of an assignment, made by nbgrader's own GenerateAssignment."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, InstantiateTests, SaveCells
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.audit.autotests import Autotests
from grader.audit.name_constructs import NameConstructs


class NamedStub(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """Replace each solution by a stub that raises NotImplementedError with the name of the exercise."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clear one cell; the stub carries its grade_id."""
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "this exercise")
        message = f'"Exercise {name}: write your answer here"'
        self.code_stub = {"python": f"# Replace the next line by your code.\nraise NotImplementedError({message})"}
        cleared: tuple[NotebookNode, dict[str, Any]] = super().preprocess_cell(cell, resources, cell_index)
        return cleared


def preprocessors(*, gradebook: bool) -> list[type]:
    """nbgrader's steps, with our stub, warnings of our own, and AUTOTEST directives that are instantiated or refused.

    Args:
        gradebook: whether the cells are entered in the gradebook (`course build` leaves it alone).
    """
    ours = {ClearSolutions: NamedStub, InstantiateTests: Autotests}
    steps = GenerateAssignment.preprocessors.default()
    made = [ours.get(step, step) for step in steps if gradebook or step is not SaveCells]
    return [NameConstructs, *made] if gradebook else made


def generate(module: str, solution: str) -> str:
    """Text of the release notebook that nbgrader makes of the text of the solution notebook.

    Raises:
        CourseError: nbgrader refuses the notebook; its reasons are in the message.
    """
    with tempfile.TemporaryDirectory(prefix="course-build-") as folder:
        root = Path(folder)
        source = root / "source" / module / f"{module}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(solution, "utf-8")
        config = Config()
        config.CourseDirectory.root = folder
        config.CourseDirectory.assignment_id = module
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors = preprocessors(gradebook=False)
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
        complaints = _listen(converter.log)
        try:
            converter.start()
        except NbGraderException as error:
            raise CourseError(f"nbgrader refuses {module}: " + " ".join(complaints or [str(error)])) from error
        return (root / "release" / module / f"{module}.ipynb").read_text("utf-8")


def _listen(log: logging.Logger) -> list[str]:
    """Collect nbgrader's error messages instead of printing its log."""
    complaints: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    log.handlers = [Listener(logging.ERROR)]
    log.propagate = False
    return complaints
