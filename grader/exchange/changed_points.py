"""Points that a grading changed, as a table in the terminal and in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from grader.exchange.changes import Change
from grader.exchange.export import number
from grader.exchange.printable import printable


def changes_table(changes: Sequence[Change]) -> RenderableType:
    """A line for each change: whose, where, before, after, and because of what. It fits into 60 columns."""
    if not changes:
        return Text("The last grading changed no points.")
    table = Table(title="Points that the last grading changed", title_justify="left", header_style="bold")
    table.box, table.padding, table.show_edge = SIMPLE_HEAD, (0, 1, 0, 0), False
    for heading, most in (("Student", 14), ("Exercise", 16)):
        table.add_column(heading, overflow="fold", max_width=most)
    for heading in ("Before", "After"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Because of", overflow="fold")
    for one in changes:
        points = [number(points) or "none" for points in (one.before, one.after)]
        table.add_row(*(Text(printable(text)) for text in (one.student, one.exercise, *points, _because(one))))
    return table


def change_in_words(change: Change) -> str:
    """`conv_layer: 1.5 → 3, by "stride 2", "padding" (the test has changed)`."""
    before, after = (number(points) or "no points" for points in (change.before, change.after))
    by = f", by {_cases(change)}" if change.cases else ""
    return f"{change.exercise}: {before} → {after}{by}" + (f" ({change.why})" if change.why else "")


def _because(change: Change) -> str:
    return ": ".join(part for part in (change.why, _cases(change)) if part)


def _cases(change: Change) -> str:
    return ", ".join(f'"{case}"' if case else "the whole test" for case in change.cases)
