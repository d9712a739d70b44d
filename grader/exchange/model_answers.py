"""What stands in the formgrader beside an answer that a person grades: the model answer and the marks, of the source.

They are part of the source's solution, which no release holds, and stand on no page but the formgrader's.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions, NbGraderPreprocessor

from grader.exchange.reasons import reason

_OF_THE_STUDENT = ("student", "first_name", "last_name", "notebook_path")


class ShowModelAnswers(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Give the formgrader's template `model_answers`: Markdown, by the name of the graded cell."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Read the source notebook. Other pages than the formgrader's are left alone."""
        if "submission_id" not in resources:
            return nb, resources
        for name in _OF_THE_STUDENT:  # the template prints them as they are
            resources[name] = html.escape(str(resources.get(name) or ""))
        resources["model_answers"] = self._model_answers(resources["assignment_id"], resources["notebook_id"])
        return nb, resources

    def _model_answers(self, assignment: str, notebook: str) -> dict[str, str]:
        course = CourseDirectory(parent=self)
        path = Path(course.format_path(course.source_directory, ".", assignment)) / f"{notebook}.ipynb"
        if not path.is_file():
            return {}
        try:
            source = nbformat.read(path, as_version=4)
        except Exception as error:  # nbformat raises whatever the damage leads to; grading goes on without
            self.log.warning("No model answers: %s cannot be read, %s", path, reason(error))
            return {}
        return {cell.metadata.nbgrader.grade_id: self._model_answer(cell) for cell in source.cells if _is_by_hand(cell)}

    def _model_answer(self, cell: NotebookNode) -> str:
        """The solution regions, or all of the cell where it has none, as nbgrader takes out one or the other."""
        solution, scheme = ClearSolutions(parent=self), ClearMarkScheme(parent=self)
        found: list[str] = []
        inside = False
        for line in cell.source.split("\n"):
            if solution.begin_solution_delimeter in line:
                inside = True
            elif solution.end_solution_delimeter in line:
                inside = False
            elif inside:
                found.append(line)
        lines = found or cell.source.split("\n")
        if cell.cell_type == "code":
            return "\n".join(["```python", *lines, "```"])
        marks = {scheme.begin_mark_scheme_delimeter: "\n**Marks.**\n", scheme.end_mark_scheme_delimeter: ""}
        return "\n".join(next((text for mark, text in marks.items() if mark in line), line) for line in lines).strip()


def without_link(body: str) -> str:
    """The formgrader's page, whose link to a submission tells whose it is, without that link until the name is shown.

    Its navigation stands first, before anything of a submission.
    """
    begin = body.find('<a class="name-hidden"')
    end = body.find(">", begin)
    return body if begin < 0 else f'{body[:begin]}<a class="name-hidden"{body[end:]}'


def _is_by_hand(cell: NotebookNode) -> bool:
    return bool(utils.is_task(cell) or (utils.is_grade(cell) and utils.is_solution(cell)))
