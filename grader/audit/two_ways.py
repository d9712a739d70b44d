"""Run an author's solution in one kernel, as nbgrader does, and in two interpreters; compare what each test gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import LimitOutput

from course_lib.check.hidden import INSTRUCTOR_ONLY
from course_lib.errors import CourseError
from course_lib.repair.reference import grade_id, reference_of
from grader.engine.engine import shared_engine
from grader.engine.isolation import Isolation
from grader.engine.job import Job
from grader.engine.limits import Limits
from grader.engine.notes import name_of
from grader.engine.single_kernel import in_kernel
from grader.engine.stderr import HarmlessStderr
from grader.engine.tester.withheld import IN_HIDDEN

_PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Result:
    """What a test cell gave.

    Attributes:
        share: of the cell's points, 0 to 1; a cell without points gives 1 or 0.
        error: the error that it ended with, on one line; '' for none.
    """

    share: float
    error: str


@dataclass(frozen=True)
class Comparison:
    """One test cell, run both ways.

    Attributes:
        name: its grade_id.
        source: its code.
        points: what it is worth.
        one: its result in one kernel.
        two: its result in two interpreters.
    """

    name: str
    source: str
    points: float
    one: Result
    two: Result

    @property
    def agrees(self) -> bool:
        """Whether both ways give the same points."""
        return self.one.share == self.two.share


def compare(
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    limits: Limits | None = None,
    isolation: Isolation = Isolation.SANDBOX,
) -> list[Comparison]:
    """Compare the test cells of a notebook that holds its author's solution.

    The one kernel has the rights of this process, as nbgrader's has when it validates a notebook.

    Args:
        notebook: nbgrader's source; it is not changed.
        files: what lies beside it, by relative path.
        limits: the bounds of grading, if left out.
        isolation: how the two interpreters are kept apart from this machine.

    Raises:
        CourseError: the notebook has no test cells, two cells of the same name, or this machine cannot isolate.
    """
    tests = [place for place, cell in enumerate(notebook.cells) if _is_test(cell)]
    if not tests:
        raise CourseError("the notebook has no test cells of nbgrader: code cells with points that hold no answer.")
    _require_own_names(notebook)
    limits = limits or Limits()
    one, two = _of_this_python(notebook), _of_this_python(notebook)
    one = in_kernel(one, Job(reference_of(one), limits), files).notebook
    shared_engine(isolation).run(two, deepcopy(two), limits, files)
    for step in (HarmlessStderr(), LimitOutput()):
        two, _ = step.preprocess(two, {})
    return [_comparison(one.cells[place], two.cells[place]) for place in tests]


def _require_own_names(notebook: NotebookNode) -> None:
    """By its name a cell is an answer or a test; nbgrader refuses a name that stands twice, and so does this."""
    names = Counter(grade_id(cell) for cell in notebook.cells)
    if twice := [name for name, count in names.items() if name and count > 1]:
        raise CourseError(f"two cells have the same grade_id: {', '.join(twice)}. nbgrader takes no such notebook.")


def _of_this_python(notebook: NotebookNode) -> NotebookNode:
    """A copy without outputs, whose kernel is this Python's, whatever the author's was called."""
    copy = deepcopy(notebook)
    copy.metadata["kernelspec"] = NotebookNode(_PYTHON)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return copy


def _is_test(cell: NotebookNode) -> bool:
    part = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and part.get("grade") and not part.get("solution"))


def _comparison(one: NotebookNode, two: NotebookNode) -> Comparison:
    points = float(one.metadata.nbgrader.get("points", 0))
    return Comparison(name_of(one), one.source, points, _result(one), _result(two))


def _result(cell: NotebookNode) -> Result:
    worth = deepcopy(cell)
    worth.metadata.nbgrader["points"] = worth.metadata.nbgrader.get("points") or 1
    try:
        earned, most = utils.determine_grade(worth)
    except ValueError as error:  # a result that is more than the cell is worth: nbgrader grades no such notebook
        return Result(0, f"nbgrader cannot grade the cell: {error}")
    return Result((earned or 0) / most, " ".join(_COLOR.sub("", _told(cell)).split()))


def _told(cell: NotebookNode) -> str:
    """The error of a cell; of one in a hidden part the text that is kept for the instructor."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return ""
    if errors[-1].evalue == IN_HIDDEN:
        kept = [o.data.get("text/plain", "") for o in cell.outputs if o.get("metadata", {}).get(INSTRUCTOR_ONLY)]
        if kept:
            return str(kept[-1]).strip().split("\n")[-1]
    return f"{errors[-1].ename}: {errors[-1].evalue}".strip()
