"""A batch in the terminal: a bar and the running histogram while it runs, and what became of it at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from grader.engine.isolation import Isolation
from grader.exchange.batch import GradeReport, Standing, Watch
from grader.exchange.counted import counted
from grader.exchange.durations import in_words
from grader.exchange.histogram import histogram_of
from grader.exchange.printable import printable
from grader.exchange.tables import shown

LISTED = 6
"""So many students are called by name in one line."""


@contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """A progress bar over the running histogram of totals, gone at the end; gives what `grade` is to tell."""
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bar = Progress(*(TextColumn(c) if isinstance(c, str) else c for c in columns), console=console)
    task = bar.add_task("Grading", total=None)
    if not console.is_terminal:
        yield lambda standing: None
        return
    with Live(bar, console=console, transient=True, refresh_per_second=4) as live:

        def watch(standing: Standing) -> None:
            bar.update(task, completed=standing.done, total=standing.total)
            points = [histogram_of(standing.points, standing.most)] if standing.points else []
            live.update(Group(bar, *points))

        yield watch


def summary(report: GradeReport) -> Text:
    """How many were graded, what happened on the way, and which could not be graded and why."""
    graded, unchanged, failed = report.of("graded"), report.of("unchanged"), report.of("not graded")
    lines = [f"{report.assignment}: {len(graded)} graded, {len(unchanged)} unchanged, {len(failed)} not graded."]
    anew = {"late penalties anew": report.penalties, "another time of submission": report.times}
    for what, those in anew.items():
        lines += [f"  {what} for {counted(len(those), 'submission')}: {_listed(those)}."] if those else []
    if report.late:
        late = [f"{one} by {in_words(timedelta(seconds=late), most=2)}" for one, late in report.late.items()]
        lines.append(f"  {len(late)} late: {_listed(late)}.")
    kinds = {
        "repaired": report.repaired,
        "damaged": report.damaged,
        "crashed": report.crashed,
        "slow": report.slow,
    }
    kinds |= {one.named: report.kept_apart_by(one) for one in Isolation if one.named}
    if any(kinds.values()):
        lines.append("  " + ", ".join(f"{len(those)} {kind}" for kind, those in kinds.items() if those) + ".")
    repairs: dict[str, list[str]] = {}
    for one in report.results:
        for sentence in one.repairs:
            repairs.setdefault(sentence, []).append(one.student)
    lines += [f"  {_listed(students)}: {sentence}" for sentence, students in repairs.items()]
    lines += [f"  {one.student}: {note}" for one in report.results for note in one.notes]
    lines += [f"  {one.student} was NOT graded: {one.reason}" for one in failed]
    if failed:
        lines.append(f"  Nobody gets zero for that: their totals stay empty. Details: {shown(report.log)}")
    return Text("\n".join(map(printable, lines)))


def _listed(students: Sequence[str]) -> str:
    more = len(students) - LISTED
    return ", ".join(students[:LISTED]) + (f" and {more} more" if more > 0 else "")
