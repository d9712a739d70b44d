"""What `course audit` shows: the cells that differ, why, and what to do; then the sum."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from grader.audit.audit import Audit
from grader.audit.constructs import Found
from grader.audit.two_ways import Comparison, Result

MOST_OF_AN_ERROR = 300


def audit_text(audit: Audit) -> RenderableType:
    """All of it, for a console of any width."""
    differing = [part for cell in audit.differing for part in _differing(audit, cell)]
    names = {cell.name for cell in audit.differing}
    rest = [found for found in audit.found if found.cell not in names]
    return Group(*differing, *construct_lines(rest), Text(_sum(audit)))


def construct_lines(found: list[Found]) -> list[RenderableType]:
    """A paragraph for each construct that two interpreters cannot honor; nothing for none."""
    lines: list[RenderableType] = []
    for one in found:
        lines.append(Text.assemble((one.cell, "bold"), f", line {one.line}: ", (one.code, "dim")))
        lines.append(_indented(f"{one.sentence} {one.remedy}"))
    return lines


def _differing(audit: Audit, cell: Comparison) -> list[RenderableType]:
    causes = [f"{sentence} {remedy}" for sentence, remedy in audit.cause(cell)]
    return [
        Text(cell.name, style="bold"),
        _indented(f"one kernel: {_told(cell.one, cell.points)}"),
        _indented(f"two interpreters: {_told(cell.two, cell.points)}"),
        *map(_indented, causes),
    ]


def _indented(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 2))


def _told(result: Result, points: float) -> str:
    passed = "passes" if result.share else "fails"
    text = f"{result.share * points:.4g} of {points:.4g}" if points else passed
    error = result.error if len(result.error) <= MOST_OF_AN_ERROR else f"{result.error[:MOST_OF_AN_ERROR]} …"
    return f"{text}, {error}" if error else text


def _sum(audit: Audit) -> str:
    cells, differing = audit.cells, audit.differing
    low = sum(cell.two.share < cell.one.share for cell in differing)
    tests = "1 test cell" if len(cells) == 1 else f"{len(cells)} test cells"
    text = f"{tests}: {len(cells) - len(differing)} agree, {low} too low, {len(differing) - low} too high."
    if failing := [cell.name for cell in cells if cell.one.share < 1]:
        text += f"\nThe solution itself does not earn everything in one kernel: {', '.join(failing)}"
    if differing:
        text += '\nA cell is marked by `"in_kernel": true` in its metadata (docs/security.md says what that costs).'
    return text
