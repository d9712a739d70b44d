"""The report in the terminal, in 60 columns."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.exchange.changed_points import change_in_words
from grader.exchange.histogram import histogram_of
from grader.exchange.printable import printable
from grader.exchange.report.class_report import ClassReport, ExerciseLine
from grader.exchange.report.mistakes import Mistake

LISTED = 8
"""So many mistakes are told; the page has all."""


def whole(report: ClassReport) -> RenderableType:
    """What the class got wrong, then its exercises, its totals, and who has no grade."""
    return Group(
        mistakes(report),
        Text(),
        _exercises(report),
        Text(),
        histogram_of(report.totals, report.scores.max),
        *_changes(report),
        *_without_grade(report),
        *_similar(report),
    )


def mistakes(report: ClassReport) -> RenderableType:
    """What the class got wrong, the most frequent first."""
    found = report.mistakes
    parts: list[RenderableType] = [Text(f"What the class got wrong in {printable(report.scores.assignment)}", "bold")]
    if not found:
        parts.append(Text("  Nobody made a mistake that has a name."))
    for mistake in found[:LISTED]:
        parts += _mistake(mistake, len(report.graded))
    if len(found) > LISTED:
        parts.append(Text(f"  {len(found) - LISTED} more on the page.", "dim"))
    if report.unanswered:
        left = ", ".join(f"{one.exercise} ({len(one.students)})" for one in report.unanswered)
        parts.append(Padding(Text(f"Left as handed out: {printable(left)}"), (0, 0, 0, 2), expand=False))
    return Group(*parts)


def _mistake(mistake: Mistake, students: int) -> list[RenderableType]:
    head = Text.assemble(
        "  ", (f"{len(mistake.students)} of {students}", "bold red"), f" in {printable(mistake.exercise)}"
    )
    lines = [Text(printable(mistake.words)), Text(mistake.evidence, "dim")]
    return [head, *(Padding(line, (0, 0, 0, 4), expand=False) for line in lines if line)]


def _exercises(report: ClassReport) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Exercise", overflow="fold", max_width=30)
    for heading in ("Failed", "Mean\nshare", "Tells\napart"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in report.exercises:
        table.add_row(Text(printable(line.exercise.name)), *_figures(line))
    return table


def _figures(line: ExerciseLine) -> list[str]:
    failed = "by hand" if line.exercise.by_hand else str(line.failed)
    share = "–" if line.difficulty is None else f"{line.difficulty:.0%}"
    return [failed, share, "–" if line.discrimination is None else f"{line.discrimination:.2f}"]


def _changes(report: ClassReport) -> list[RenderableType]:
    if not report.changes:
        return []
    lines = [f"{report.names.get(one.student, one.student)}, {change_in_words(one)}" for one in report.changes]
    return [Text(), Text("Changed by the last grading", "bold"), *(Text(printable(line)) for line in lines)]


def _without_grade(report: ClassReport) -> list[RenderableType]:
    lines = [f"{report.names[student]} is not graded: {why}" for student, why in report.not_graded.items()]
    if report.not_submitted:
        lines.append(f"handed in nothing: {', '.join(row.name for row in report.not_submitted)}")
    if report.by_hand:
        lines.append(f"{len(report.by_hand)} wait for points that a person gives")
    return [Text(), *(Text(printable(line)) for line in lines)] if lines else []


def _similar(report: ClassReport) -> list[RenderableType]:
    """Who has nearly the same code; the page shows it side by side."""
    lines = [
        f"{one.exercise}: {', '.join(report.names.get(student, student) for student in one.students)}"
        for one in report.similar.groups
    ]
    if not lines:
        return []
    hint = "Much code in common, whatever its names: a reason to look at the page, no verdict."
    return [Text(), Text("Answers that are alike", "bold"), Text(hint), *(Text(printable(line)) for line in lines)]
