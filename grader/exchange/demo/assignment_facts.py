"""What the demonstration must know of an assignment: its exercises, their cases and points, and who calls whom."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.authoring import code
from grader.authoring.rules.regions import SOLUTION


@dataclass(frozen=True)
class Exercise:
    """One exercise of a solution notebook.

    Attributes:
        name: grade_id of its answer cell.
        solution: the complete answer, without markers.
        tests: grade_id of its test cell; for a written answer that is `name` itself.
        points: of its tests.
        cases: points of each case of its tests, public and hidden.
        users: exercises whose solution calls this one.
        shown: how many other cells (pictures, examples) call it.
    """

    name: str
    solution: str
    tests: str
    points: float
    cases: dict[str, float]
    users: tuple[str, ...]
    shown: int

    @property
    def by_hand(self) -> bool:
        """Whether a person grades it."""
        return self.tests == self.name

    def points_without(self, lost: tuple[str, ...]) -> float:
        """What is earned when these cases are lost. Raises KeyError for a case that the tests do not have."""
        return self.points - sum(self.cases[name] for name in lost)


def exercises(solution: NotebookNode) -> list[Exercise]:
    """The exercises of a solution notebook, in order. Each answer cell is followed by its test cell."""
    parts = [cell.metadata.get("nbgrader", {}) for cell in solution.cells]
    answers = {part["grade_id"]: cell for cell, part in zip(solution.cells, parts, strict=True) if part.get("solution")}
    found: list[Exercise] = []
    waiting = ""
    for cell, part in zip(solution.cells, parts, strict=True):
        if part.get("solution"):
            waiting = part["grade_id"]
        if part.get("grade"):
            uses = [name for name, other in answers.items() if name != waiting and waiting in _names_used_by(other)]
            shown = sum(
                waiting in _names_used_by(c) for c, p in zip(solution.cells, parts, strict=True) if _is_given(p)
            )
            text = without_markers(answers[waiting].source)
            cases = _points_of_cases(cell.source) if cell.cell_type == "code" else {}
            found.append(Exercise(waiting, text, part["grade_id"], part["points"], cases, tuple(uses), shown))
    return found


def without_markers(source: str) -> str:
    """An answer cell as a student would write it: without the lines that mark the solution."""
    return "\n".join(line for line in source.split("\n") if not any(mark in line for mark in SOLUTION))


def _is_given(part: dict[str, object]) -> bool:
    return not part.get("grade") and not part.get("solution")


def _names_used_by(cell: NotebookNode) -> set[str]:
    if cell.cell_type != "code":
        return set()
    return {node.id for node in ast.walk(code.parse(cell.source)) if isinstance(node, ast.Name)}


def _points_of_cases(source: str) -> dict[str, float]:
    """Points of each `check.case("name", points=...)`; 1 where the case does not say."""
    cases: dict[str, float] = {}
    for call in code.method_calls(code.parse(source), "check"):
        if call.name == "case":
            points = code.literal(call.keyword("points") or (call.node.args[1] if len(call.node.args) > 1 else None))
            cases[str(code.literal(call.node.args[0]))] = float(points) if isinstance(points, int | float) else 1.0
    return cases
