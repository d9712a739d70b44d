"""Solution regions stand in answers, hidden tests in test cells, and all of them are closed."""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring.source import Problem, Source

SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
REGIONS = ((SOLUTION, ("answer", "written"), "solution"), (HIDDEN, ("tests",), "hidden test"))


def regions(source: Source) -> Iterator[Problem]:
    """What nbgrader cuts out is marked as it must be: students would see the rest, or lose it."""
    for cell in source.cells:
        for markers, kinds, what in REGIONS:
            opened = None
            found = False
            for number, line in enumerate(cell.source.split("\n")):
                if markers[0] in line:
                    if opened is not None:
                        yield source.problem(cell, f"a {what} region inside another one.", number)
                    opened, found = number, True
                elif markers[1] in line:
                    if opened is None:
                        yield source.problem(cell, f"a {what} region ends here but never began.", number)
                    opened = None
            if opened is not None:
                yield source.problem(cell, f"the {what} region that begins here is never closed.", opened)
            if found and cell.kind not in kinds:
                yield source.problem(cell, f"a {what} region in a {cell.kind} cell: students would see it or lose it.")
            if not found and what == "solution" and cell.kind in kinds:
                yield source.problem(cell, f"{cell.name} has no BEGIN SOLUTION / END SOLUTION region.")


def one_solution(source: Source) -> Iterator[Problem]:
    """Two solution regions in one cell would leave two stubs; 25 lines are an exercise, more are two."""
    for cell in source.of_kind("answer"):
        if cell.source.count(SOLUTION[0]) > 1:
            yield source.problem(cell, f"{cell.name} has more than one solution region.")
