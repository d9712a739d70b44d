"""The cells that a course's configuration has graded in the student's kernel: as `in_kernel` in their metadata does."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from fnmatch import fnmatchcase

from nbformat import NotebookNode

from course_lib.repair.reference import grade_id


def marked(source: NotebookNode, assignment: str, notebook: str, patterns: Sequence[str]) -> NotebookNode:
    """The instructor's notebook with `in_kernel` in the metadata of what the patterns name.

    Args:
        patterns: `ps1` is an assignment, `ps1/problem2` a notebook and `ps1/problem2/test_f` a cell; `*` and `?` stand
            for other characters, as in names of files.
    """
    if not patterns:
        return source
    found: NotebookNode = deepcopy(source)
    place = f"{assignment}/{notebook}"
    if any(fnmatchcase(name, pattern) for pattern in patterns for name in (assignment, place)):
        found.metadata["in_kernel"] = True
    for cell in found.cells:
        if any(fnmatchcase(f"{place}/{grade_id(cell)}", pattern) for pattern in patterns):
            cell.metadata["in_kernel"] = True
    return found
