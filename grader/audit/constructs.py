"""What two interpreters cannot honor in a test cell, told from its code alone: before anybody is graded."""

from __future__ import annotations

from dataclasses import dataclass

from nbformat import NotebookNode

from grader.audit.construct_rules import CONSTRUCTS
from grader.audit.test_code import test_codes
from grader.engine.notes import name_of


@dataclass(frozen=True)
class Found:
    """A line of a test cell that will give other points than in one kernel.

    Attributes:
        cell: grade_id of the test cell.
        line: its line in the cell, from 1.
        code: the text of the line.
        sentence: what does not work, and why.
        remedy: what to do.
    """

    cell: str
    line: int
    code: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        """All of it on one line."""
        return f"{self.cell}, line {self.line} (`{self.code}`): {self.sentence} {self.remedy}"


def constructs(notebook: NotebookNode) -> list[Found]:
    """The constructs of an author's notebook that two interpreters cannot honor, each once a cell, in order.

    Cells that ask for `in_kernel` are left out.
    """
    found = []
    for cell, code in test_codes(notebook):
        lines = cell.source.split("\n")
        for construct in CONSTRUCTS:
            line = min(construct.find(code), default=0)
            if line:
                text = lines[line - 1].strip() if line <= len(lines) else ""
                found.append(Found(name_of(cell), line, text, construct.sentence, construct.remedy))
    return found
