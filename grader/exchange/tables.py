"""The gradebook in the terminal, with a histogram of the totals, and what most commands report."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.audit.constructs import Found
from grader.exchange.class_table import ClassTable, legend
from grader.exchange.collected import Collected
from grader.exchange.counted import counted
from grader.exchange.export import number
from grader.exchange.feedback import FeedbackReport
from grader.exchange.feedback import Progress as Callback
from grader.exchange.histogram import histogram_of
from grader.exchange.printable import printable
from grader.exchange.release import Release
from grader.exchange.scores import Scores


def histogram(scores: Scores) -> Text:
    """How many students have how many points: a bar per range of totals."""
    return histogram_of([row.total for row in scores.rows if row.total is not None], scores.max)


def release_text(release: Release) -> Text:
    """What was released, and which file students get."""
    text = f"{release.assignment} is in the gradebook: {release.exercises} exercises, {number(release.points)} points"
    if release.written:
        text += f", {number(release.written)} of them given by hand"
    text += f".\nGive students {shown(release.notebook)}"
    if release.stale:
        stale = counted(release.stale, "submission")
        text += f"\n{stale} graded before the change: run `course grade {release.assignment}`"
    return Text("\n".join([text, *map(foretold, release.constructs)]))


def foretold(found: Found) -> str:
    """A warning before anybody is graded: a test that two interpreters cannot honor."""
    return f"Differs from one kernel: {found}"


def collected_text(report: Collected) -> Text:
    """What a download held; everything that was not taken by its name and the reason."""
    lines = [f"{report.assignment}: {counted(len(report.new), 'new submission')}, {len(report.unchanged)} unchanged."]
    if report.replaced:
        lines += _in_a_row("Handed in again", list(report.replaced))
        kept = os.path.commonpath([path.parent for path in report.replaced.values()])
        lines.append(f"  The earlier files are kept in {shown(Path(kept))}")
    lines += _in_a_row("Late, as the platform says", report.late)
    lines += _one_per_line("Taken although the name differs", report.renamed)
    lines += _one_per_line("Not taken, since a later one of the same student was", report.older)
    for reason in dict.fromkeys(report.unmatched.values()):
        names = [name for name, why in report.unmatched.items() if why == reason]
        lines += _one_per_line(f"Not taken: {reason}", names)
    for team, ids in report.teams.items():
        lines += _in_a_row(f"Given to all of {team}", ids)
    lines += _in_a_row("Stand for students whom the platform hides", report.stand_ins)
    lines += [line for advice in report.advice for line in _wrapped(advice)]
    lines += [line for doubt in report.doubts for line in _wrapped(f"Look at this: {doubt}.")]
    nothing = "Handed in nothing, or hidden by the platform" if report.stand_ins else "Handed in nothing"
    lines += _in_a_row(nothing, report.missing)
    return report_text(lines)


def _one_per_line(what: str, names: list[str]) -> list[str]:
    """Names of files, which may be long and are copied: never broken."""
    return [*_wrapped(f"{what} ({len(names)}):"), *(f"  {name}" for name in names)] if names else []


def _in_a_row(what: str, students: list[str]) -> list[str]:
    return _wrapped(f"{what} ({len(students)}): {', '.join(students)}.") if students else []


def _wrapped(sentence: str) -> list[str]:
    """Lines of at most 80 columns, words kept whole."""
    return textwrap.wrap(
        printable(sentence), 80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def warnings_text(warnings: list[str]) -> Text:
    """Each in a line of its own; nothing for none."""
    return Text("".join(f"Warning: {printable(warning)}\n" for warning in warnings), style="yellow")


def feedback_text(report: FeedbackReport) -> Text:
    """How many pages there are and where, and who has none."""
    lines = [f"{report.assignment}: {counted(len(report.pages), 'feedback page')} in {shown(report.folder)}"]
    lines += [f"  none for {student}: {reason}" for student, reason in report.failed.items()]
    return report_text(lines)


def class_view(scores: Scores) -> RenderableType:
    """Table, legend and histogram."""
    return Group(ClassTable(scores), legend(scores), Text(""), histogram(scores))


@contextmanager
def progress_bar(what: str, console: Console) -> Iterator[Callback]:
    """A progress bar for `feedback`; gives the callback it takes."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def callback(student: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, description=f"{what} {student}".strip())

        yield callback


def shown(path: Path) -> str:
    """A path as a person types it here: relative to the current folder where it lies inside."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def report_text(lines: list[str]) -> Text:
    """Lines of a report: the names of files and what a notebook raised come from outside too."""
    return Text("\n").join(map(_printable_text, lines))


def _printable_text(text: str) -> Text:
    return Text(printable(text))
