"""The gradebook in the terminal, with a histogram of the totals, and what most commands report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.audit.constructs import Found
from grader.exchange.changes import Change
from grader.exchange.class_table import ClassTable, legend
from grader.exchange.collected import Collected
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
        stale = _counted(release.stale, "submission")
        text += f"\n{stale} graded before the change: run `course grade {release.assignment}`"
    return Text("\n".join([text, *map(foretold, release.constructs)]))


def foretold(found: Found) -> str:
    """A warning before anybody is graded: a test that two interpreters cannot honor."""
    return f"Differs from one kernel: {found}"


def collected_text(report: Collected) -> Text:
    """What a download held; everything that was not taken by its name and the reason."""
    lines = [f"{report.assignment}: {_counted(len(report.new), 'new submission')}, {len(report.unchanged)} unchanged."]
    for student, kept in report.replaced.items():
        lines.append(f"  {student} handed in again; the earlier file is kept: {shown(kept)}")
    lines += [f"  late: {student}" for student in report.late]
    lines += [f"  taken although its name differs: {name}" for name in report.renamed]
    lines += [f"  a later one of the same student was taken: {name}" for name in report.older]
    lines += [f"  not taken: {name} ({reason})" for name, reason in report.unmatched.items()]
    lines += [f"  given to all of {team}: {', '.join(ids)}" for team, ids in report.teams.items()]
    lines += [f"  stands for a student whom the platform hides: {student}" for student in report.stand_ins]
    lines += [f"  look at this: {doubt}" for doubt in report.doubts]
    lines += report.advice
    nothing = "Handed in nothing, or hidden by the platform" if report.stand_ins else "Handed in nothing"
    lines += [f"{nothing} ({len(report.missing)}): {', '.join(report.missing)}."] if report.missing else []
    return report_text(lines)


def changes_text(changes: list[Change]) -> Text:
    """A line for each change of points: before, after, and because of what."""
    lines = [
        f"  {one.student}, {one.exercise}: {number(one.before) or 'none'} -> {number(one.after) or 'none'}; {one.why}"
        + (f"; cases: {', '.join(one.cases)}" if one.cases else "")
        for one in changes
    ]
    return report_text(["Points that the last grading changed:", *lines] if lines else ["No points have changed."])


def warnings_text(warnings: list[str]) -> Text:
    """Each in a line of its own; nothing for none."""
    return Text("".join(f"Warning: {printable(warning)}\n" for warning in warnings), style="yellow")


def feedback_text(report: FeedbackReport) -> Text:
    """How many pages there are and where, and who has none."""
    lines = [f"{report.assignment}: {_counted(len(report.pages), 'feedback page')} in {shown(report.folder)}"]
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


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def report_text(lines: list[str]) -> Text:
    """Lines of a report: the names of files and what a notebook raised come from outside too."""
    return Text("\n").join(map(_printable_text, lines))


def _printable_text(text: str) -> Text:
    return Text(printable(text))
