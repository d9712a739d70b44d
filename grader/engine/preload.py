"""Which slow imports the parents do before they fork, read off the instructor's notebook: only these delay the start.

What else a submission imports works just as well; it waits for it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.engine.student.imports import SLOW


@dataclass(frozen=True)
class Preload:
    """Names of groups in `SLOW`, for the parent of the students' processes and for that of the testers."""

    student: tuple[str, ...] = tuple(SLOW)
    tester: tuple[str, ...] = tuple(SLOW)


EVERYTHING = Preload()


def preload_of(source: Mapping[str, Any]) -> Preload:
    """The groups that the code cells of a notebook name; testers run no answers.

    Args:
        source: the instructor's version, as JSON or NotebookNode.
    """
    code = [cell for cell in source["cells"] if cell["cell_type"] == "code"]
    return Preload(_named(code), _named([cell for cell in code if not _is_answer(cell)]))


def _named(cells: list[Mapping[str, Any]]) -> tuple[str, ...]:
    text = "\n".join("".join(cell["source"]) for cell in cells)  # a file may keep its lines apart
    return tuple(name for name, (pattern, _) in SLOW.items() if re.search(pattern, text))


def _is_answer(cell: Mapping[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))
