"""What a cell is for, and whether the student has changed it: read from nbgrader's metadata."""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.out_of_bounds import digest

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_POINTS_IN_HEADING = re.compile(r"\s*\([\d.]+ points?\)$")
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_TEXT_STUB = "YOUR ANSWER HERE"  # nbgrader's default


def is_test(cell: NotebookNode) -> bool:
    """Say whether the cell is graded by running it."""
    return cell.cell_type == "code" and bool(_about(cell).get("grade")) and not is_answer(cell)


def is_answer(cell: NotebookNode) -> bool:
    """Say whether the cell is the student's to fill in, code or text."""
    return bool(_about(cell).get("solution")) or bool(_about(cell).get("task"))


def is_written(cell: NotebookNode) -> bool:
    """Say whether a person grades the cell: a graded answer, or a task."""
    return is_answer(cell) and (bool(_about(cell).get("grade")) or bool(_about(cell).get("task")))


def is_given(cell: NotebookNode) -> bool:
    """Say whether grading puts the original back in this cell's place."""
    return _is_locked(cell) and not bool(_about(cell).get("task"))


def is_tests_only(cell: NotebookNode) -> bool:
    """Say whether the cell holds helpers of the tests, which an answer may not use."""
    return is_given(cell) and "tests_only" in (cell.metadata.get("tags") or [])


def _is_helper(cell: NotebookNode) -> bool:
    """Say whether the tests build on this given cell: in grading it runs in their namespace."""
    return is_tests_only(cell) or (is_given(cell) and "shared" in (cell.metadata.get("tags") or []))


def grade_id(cell: NotebookNode) -> str:
    """Read the name that the gradebook knows the cell by."""
    return str(_about(cell).get("grade_id") or cell.id)


def points(cell: NotebookNode) -> float:
    """Read what the cell is worth, hidden tests included; damaged metadata counts as nothing."""
    try:
        return float(_about(cell).get("points", 0))
    except (TypeError, ValueError):
        return 0.0


def public_points(cell: NotebookNode) -> float:
    """Add up the points of the cases that a test cell spells out; without cases, all that the cell is worth.

    For a cell that ended before it could report a score. No more than the cell is worth.
    """
    try:
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
    except (SyntaxError, ValueError):  # ValueError: a null character
        return points(cell)
    cases = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "case"
    ]
    found = sum(_points_of_case(case) for case in cases)
    return min(found, points(cell)) if cases else points(cell)


def _points_of_case(case: ast.Call) -> float:
    """Read the points in check.case("name", points=2); one where it names none."""
    given = [keyword.value for keyword in case.keywords if keyword.arg == "points"] + case.args[1:2]
    match given:
        case [ast.Constant(value=int() | float() as number), *_]:
            return float(number)
        case _:
            return 1.0


def limits(book: NotebookNode, seconds: int, memory: int) -> str:
    """Write the code that holds cells, and calls in test cells, to the limits of grading."""
    tests = [digest(cell.source) for cell in book.cells if is_test(cell)]
    return f"__import__('course_lib.call_limit', fromlist=['*']).limit_calls({tests!r}, {seconds!r}, {memory!r})"


def names_of_tests(book: NotebookNode) -> str:
    """Write the code that lets a test find its helpers' names as in grading, whatever the student calls by them."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    tests = [digest(cell.source) for cell in code if is_test(cell)]
    helpers = [digest(cell.source) for cell in code if _is_helper(cell)]
    given = [digest(cell.source) for cell in code if is_given(cell)]
    exercises = [grade_id(cell) for cell in code if is_answer(cell)]
    call = f"keep_names({tests!r}, {helpers!r}, {given!r}, exercises={exercises!r})"
    return f"__import__('course_lib.names_of_tests', fromlist=['*']).{call}"


def is_untouched(cell: NotebookNode) -> bool | None:
    """Compare a cell with nbgrader's checksum of the released one; None when there is no checksum."""
    recorded = _about(cell).get("checksum")
    if not recorded:
        return None
    return bool(recorded == _checksum(cell))


def is_answered(cell: NotebookNode) -> bool:
    """Say whether there is anything in an answer cell that the release did not have."""
    if not cell.source.strip() or _TEXT_STUB in cell.source:
        return False
    return is_untouched(cell) is not True


def titles(book: NotebookNode) -> list[str]:
    """Name the heading that each cell stands under, without its points; "" before the first."""
    found, title = [], ""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            headings = _HEADING.findall(_FENCED.sub("", cell.source))
            if is_answer(cell):  # the other headings in it are the student's own
                headings = [heading for heading in headings if heading.startswith("Exercise")]
            if headings:
                title = _POINTS_IN_HEADING.sub("", headings[-1])
        found.append(title)
    return found


def require_tests(book: NotebookNode, path: Path) -> None:
    """Raise CourseError when nothing in the notebook can be checked."""
    if not any(is_test(cell) or is_written(cell) for cell in book.cells):
        raise CourseError(
            f"{path} has no test cells, so there is nothing to check. Is it a lecture? "
            "Give the notebook of an assignment, e.g. assignments/01_convolution/01_convolution.ipynb."
        )


def _about(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell; empty where there is none."""
    found = cell.metadata.get("nbgrader")
    return dict(found) if isinstance(found, dict) else {}


def _is_locked(cell: NotebookNode) -> bool:
    """Say whether nbgrader counts the cell as locked."""
    about = _about(cell)
    return not about.get("solution") and bool(about.get("grade") or about.get("locked"))


def _checksum(cell: NotebookNode) -> str:
    """Compute what nbgrader's utils.compute_checksum does, so that the student needs no nbgrader."""
    graded = bool(_about(cell).get("grade"))
    parts = [
        cell.source,
        cell.cell_type,
        str(graded),
        str(bool(_about(cell).get("solution"))),
        str(_is_locked(cell)),
        grade_id(cell),
        *([str(points(cell))] if graded else []),
    ]
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
