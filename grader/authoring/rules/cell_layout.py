"""Every source has its header, and cells of Python that fit on a page and on a screen."""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.rules.regions import HIDDEN
from grader.authoring.rules.syntax_trees import code_cells
from grader.authoring.source import Problem, Source

MAX_LINES = 30
MAX_COLUMNS = 100


def header(source: Source) -> Iterator[Problem]:
    """A notebook has a title, a kind and the minutes that it takes."""
    for key in ("title", "kind", "minutes"):
        if key not in source.course:
            yield Problem(source.path, 1, f"the header lacks `course: {key}:`.")
    kind = {"lectures": "lecture", "solutions": "assignment", "projects": "project"}.get(source.path.parent.name)
    if kind and source.course.get("kind", kind) != kind:
        yield Problem(source.path, 1, f"what lies in {source.path.parent.name}/ has `kind: {kind}` in its header.")


def syntax(source: Source) -> Iterator[Problem]:
    """Code is Python."""
    for cell in code_cells(source):
        try:
            code.parse(cell.source)
        except SyntaxError as error:
            yield source.problem(cell, f"this is not Python: {error.msg}.", (error.lineno or 1) - 1)


def long_cells(source: Source) -> Iterator[Problem]:
    """A cell fits on a page. Of a test cell, what the student sees and the hidden part count each by itself."""
    for cell in code_cells(source):
        hidden = sum(last - first + 1 for first, last in code.regions(cell.source, HIDDEN))
        seen = cell.source.count("\n") + 1 - hidden
        if (n := max(hidden, seen)) > MAX_LINES:
            part = f"a hidden part of {n} lines" if n == hidden else f"a cell of {n} lines"
            yield source.problem(cell, f"{part}; split it, {MAX_LINES} is the limit.")


def long_lines(source: Source) -> Iterator[Problem]:
    """A line of code fits into a cell without being wrapped or cut."""
    for cell in code_cells(source):
        for number, line in enumerate(cell.source.split("\n")):
            if len(line) > MAX_COLUMNS:
                message = f"a line of {len(line)} columns; break it, students see {MAX_COLUMNS} without scrolling."
                yield source.problem(cell, message, number)
