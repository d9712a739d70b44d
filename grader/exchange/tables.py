"""The gradebook in the terminal: a table of the class, a histogram of the totals, and what most commands report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from grader.audit.constructs import Found
from grader.exchange.changes import Change
from grader.exchange.collect import Collected
from grader.exchange.export import number
from grader.exchange.feedback import FeedbackReport
from grader.exchange.feedback import Progress as Callback
from grader.exchange.histogram import histogram_of
from grader.exchange.printable import printable
from grader.exchange.release import Release
from grader.exchange.scores import Row, Scores


def gradebook_table(scores: Scores) -> Table:
    """A row per student: total, points per exercise (numbered, see `legend`), and why there is no total."""
    title = Text(f"{scores.assignment}: {number(scores.max)} points", style="bold")
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("Student\n(most)")  # a long name takes two lines before points are cut
    table.add_column(f"Total\n{number(scores.max)}", justify="right", no_wrap=True)
    for place, exercise in enumerate(scores.exercises, start=1):
        table.add_column(f"{place}\n{number(exercise.points)}", justify="right", no_wrap=True)
    with_penalty = any(row.total is not None and row.penalty for row in scores.rows)
    if with_penalty:
        table.add_column("Late", justify="right", no_wrap=True)
    # Only where it says more than the points do, so that the table of a big assignment fits into 80 columns.
    with_status = any(row.total is None for row in scores.rows)
    if with_status:
        table.add_column("Status", no_wrap=True)
    for row in scores.rows:
        cells = [_points_cell(row, exercise.name, exercise.points) for exercise in scores.exercises]
        total = Text("–" if row.total is None else number(row.total), style="bold")
        late = [_penalty_cell(row)] if with_penalty else []
        status = [_status_cell(row)] if with_status else []
        table.add_row(_printable_text(row.name), total, *cells, *late, *status)
    return table


def legend(scores: Scores) -> Text:
    """Which exercise each number of the table stands for."""
    names = [f"{place} {exercise.name}" for place, exercise in enumerate(scores.exercises, start=1)]
    by_hand = [exercise.name for exercise in scores.exercises if exercise.by_hand]
    text = f"Exercises: {', '.join(names)}."
    if by_hand:
        text += f" {', '.join(by_hand)}: graded by hand, … until then."
    return Text(text, style="dim")


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
    lines += [report.advice] if report.advice else []
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
    return Group(gradebook_table(scores), legend(scores), Text(""), histogram(scores))


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


def _points_cell(row: Row, name: str, most: float) -> Text:
    points = row.points[name]
    if row.total is None:
        return Text("")
    if points is None:
        return Text("…", style="yellow")
    return Text(_rounded(points), style="green" if points >= most else "red" if points == 0 else "yellow")


def _rounded(points: float) -> str:
    """Points to one decimal: the table is to be seen, the CSV has them exactly."""
    return f"{round(points, 1):g}"


def _penalty_cell(row: Row) -> Text:
    off = 0 if row.total is None else row.penalty
    return Text(f"−{number(off)}" if off else "", style="red")


def _status_cell(row: Row) -> Text:
    style = {"graded": "", "needs manual grading": "yellow", "not graded": "bold red", "not submitted": "dim"}
    words = {"needs manual grading": "by hand"}
    return Text(words.get(row.status, row.status), style=style[row.status])


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def report_text(lines: list[str]) -> Text:
    """Lines of a report: the names of files and what a notebook raised come from outside too."""
    return Text("\n").join(map(_printable_text, lines))


def _printable_text(text: str) -> Text:
    return Text(printable(text))
