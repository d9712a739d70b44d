"""A finding as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from course_lib.check.findings import Finding, Grid

WIDTH = 100


def finding_text(finding: Finding) -> str:
    """The call, the problem, the facts, the arrays and the advice, one below the other."""
    above: list[str] = []
    if finding.call:
        above.append(f"call: {finding.call.text}")
        above += [f"    {name}: {text}" for name, text in finding.call.names]
    above.append(finding.problem)
    above += [f"{label}: {text}" for label, text in finding.facts]
    below = [f"in your code, {line}" for line in finding.code]
    below += finding.notes
    if finding.mistake:
        below.append(f"Likely mistake: {finding.mistake}")
    if finding.hint:
        below.append(f"Hint: {finding.hint}")
    arrays = grid_lines(finding.grid, finding.labels) if finding.grid else []
    return "\n".join([*_wrapped(above), *arrays, *_wrapped(below)])


def _wrapped(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if len(line) <= WIDTH:
            yield line
        else:
            yield from textwrap.wrap(line, WIDTH, subsequent_indent="    ")


def grid_lines(grid: Grid, labels: tuple[str, str]) -> list[str]:
    """Two arrays side by side, a star after each wrong element; one above the other, or left out, when too wide."""
    left = _aligned([_starred(row, marks) for row, marks in zip(grid.left, grid.wrong, strict=True)])
    right = _aligned([_starred(row, ()) for row in grid.right])
    if grid.row_labels:
        longest = max(map(len, grid.row_labels))
        left = [f"{label:<{longest}}  {row}" for label, row in zip(grid.row_labels, left, strict=True)]
    heads = f"{labels[0]} (* wrong)", labels[1]
    width = max(len(left[0]), len(heads[0]) + 1)
    if width + 4 + len(right[0]) <= WIDTH:
        rows = zip((heads[0], *left), (heads[1], *right), strict=True)
        return [f"{a:<{width}}    {b}".rstrip() for a, b in rows]
    if max(len(left[0]), len(right[0])) <= WIDTH:
        return [heads[0], *(row.rstrip() for row in left), heads[1], *(row.rstrip() for row in right)]
    return []


def _starred(row: tuple[str, ...], marks: tuple[bool, ...]) -> list[str]:
    return [text + ("*" if marks and marks[i] else " ") for i, text in enumerate(row)]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
