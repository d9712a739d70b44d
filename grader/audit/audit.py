"""`course audit`: which test cells of an author's notebook give other points in two interpreters than in one kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from grader.audit.autotests import Autotests
from grader.audit.construct_rules import IN_KERNEL
from grader.audit.constructs import Found, constructs
from grader.audit.two_ways import Comparison, compare
from grader.engine.engine import out_of_bounds, shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.preload import preload_of
from grader.engine.submission_files import read_beside

_BESIDE = "Put it beside the notebook, or name its folder by --files."
_BY_ERROR = {
    "NameError": (
        "A name that the test uses is bound neither by the test nor by a cell that students run.",
        "Import or define it in the test.",
    ),
    "ModuleNotFoundError": ("A module is missing where the test runs.", _BESIDE),
    "ImportError": ("A module is not the one that the test means.", _BESIDE),
    "FileNotFoundError": ("A file is missing where the test runs.", _BESIDE),
    "EncodingError": (
        "The test passes an object to the student's code that cannot travel there as data.",
        "Pass numbers, text, containers or arrays, or mark the cell `in_kernel`.",
    ),
    "PicklingError": (
        "The test pickles an object of the student's, which lives in another process.",
        "Compare its attributes, or mark the cell `in_kernel`.",
    ),
    "NotComparable": (
        "The test compares an object of the student's with data.",
        "Ask it for its values, as the error says, or mark the cell `in_kernel`.",
    ),
    "StudentTimeout": (
        "The test calls the student's code too often, 0.2 ms each time, or for too long.",
        "Try fewer values, pass them all at once, or mark the cell `in_kernel`.",
    ),
}
_UNKNOWN = ("An object of the student's does not behave here as it does there.", IN_KERNEL)
_TOO_HIGH = (
    "It fails in one kernel, and two interpreters give it what it lacks there.",
    "Let it pass in one kernel first.",
)


@dataclass(frozen=True)
class Audit:
    """What was found in a notebook.

    Attributes:
        notebook: its file.
        cells: its test cells, run both ways, in order.
        found: constructs that two interpreters cannot honor, whether the points differ or not.
    """

    notebook: Path
    cells: list[Comparison]
    found: list[Found]

    @property
    def differing(self) -> list[Comparison]:
        """The cells whose points differ."""
        return [cell for cell in self.cells if not cell.agrees]

    def cause(self, cell: Comparison) -> list[tuple[str, str]]:
        """What is likely to make a cell differ, and what to do, for each construct in it; at least one."""
        if known := [(one.sentence, one.remedy) for one in self.found if one.cell == cell.name]:
            return known
        if cell.two.share > cell.one.share:
            return [_TOO_HIGH]
        return [_BY_ERROR.get(cell.two.error.partition(":")[0], _UNKNOWN)]


def audit(path: Path, files: Path | None = None, isolation: Isolation = Isolation.SANDBOX) -> Audit:
    """Run the solution that an nbgrader source notebook holds both ways.

    Args:
        path: the notebook; it is read, never changed.
        files: the folder of what belongs beside it; its own by default.
        isolation: how the two interpreters are kept apart from this machine.

    Raises:
        CourseError: the notebook cannot be read, has no test cells or AUTOTEST directives that cannot be instantiated,
            or this machine cannot isolate.
        TooLarge: the files are more than a submission may bring.
    """
    notebook, limits = _read(path), Limits()
    shared_engine(isolation).start_soon(out_of_bounds(notebook), preload_of(notebook))
    folder = (files or path.parent).resolve()
    try:
        Autotests().preprocess(notebook, {"metadata": {"path": str(folder)}})
    except RuntimeError as error:
        raise CourseError(str(error)) from error
    cells = compare(notebook, read_beside(folder, limits.disk_bytes), limits, isolation)
    return Audit(path, cells, constructs(notebook))


def _read(path: Path) -> NotebookNode:
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # nbformat raises whatever the damage leads to
        raise CourseError(f"{path} is no notebook: {type(error).__name__}.") from error
    language = str(notebook.metadata.get("kernelspec", {}).get("language", "python"))
    if language.lower() not in ("", "python", "ipython", "python3"):
        raise CourseError(f"{path} is written for {language!r}; only Python notebooks can be graded.")
    return notebook
