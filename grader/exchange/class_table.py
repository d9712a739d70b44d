"""The table of a class in the terminal. Ids always stand in it, names where there is room; exercises go on below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from grader.exchange.export import number
from grader.exchange.printable import printable
from grader.exchange.scores import Exercise, Row, Scores

LONGEST_WORD = 20
"""A longer word of a name may be broken to make room for names; any other goes whole to the next line."""
_GAP = 1  # between two columns
_STYLES = {"graded": "", "needs manual grading": "yellow", "not graded": "bold red", "not submitted": "dim"}
_WORDS = {"needs manual grading": "by hand"}


@dataclass(frozen=True)
class _Column:
    head: str
    cells: list[Text]
    right: bool = True
    most: int = 1000

    @property
    def width(self) -> int:
        texts = [*self.head.split("\n"), *(cell.plain for cell in self.cells)]
        return min(self.most, max(map(cell_len, texts)))


@dataclass(frozen=True)
class ClassTable:
    """A row per student: id, name, total, penalty, why there is no total, points per exercise (numbered, see `legend`).

    What does not fit beside each other is shown in several tables, one below the other, each with the ids.
    """

    scores: Scores

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The tables, as wide as the terminal allows."""
        yield Text(f"{self.scores.assignment}: {number(self.scores.max)} points", style="bold")
        for place, columns in enumerate(self._tables(options.max_width)):
            if place:
                yield Text("")
            yield _table(columns)

    def _tables(self, width: int) -> list[list[_Column]]:
        rows = self.scores.rows
        ids = _Column("Student\n(most)", [Text(printable(row.student)) for row in rows], right=False, most=width // 3)
        first = [_Column(f"Total\n{number(self.scores.max)}", [_total(row) for row in rows])]
        if any(row.total is not None and row.penalty for row in rows):
            first.append(_Column("Late", [_penalty(row) for row in rows]))
        if any(row.total is None for row in rows):  # else the points say it all
            first.append(_Column("Status", [_status(row) for row in rows], right=False))
        exercises = [self._points(place, one) for place, one in enumerate(self.scores.exercises, start=1)]
        room = width - ids.width
        tables = _packed(room, first, exercises)
        names = [Text(_name(row)) for row in rows]
        words = [cell_len(word) for name in names for word in name.plain.split()]
        for most in range(room, min(LONGEST_WORD, max(words, default=room)) - 1, -1):
            with_names = _packed(room, [_Column("Name", names, right=False, most=most), *first], exercises)
            if words and len(with_names) == len(tables) and _fits(room, with_names[0]):
                return [[ids, *columns] for columns in with_names]
        return [[ids, *columns] for columns in tables]

    def _points(self, place: int, exercise: Exercise) -> _Column:
        cells = [_points_cell(row, exercise.name, exercise.points) for row in self.scores.rows]
        return _Column(f"{place}\n{number(exercise.points)}", cells)


def legend(scores: Scores) -> Text:
    """Which exercise each number of the table stands for."""
    names = [f"{place} {exercise.name}" for place, exercise in enumerate(scores.exercises, start=1)]
    by_hand = [exercise.name for exercise in scores.exercises if exercise.by_hand]
    text = f"Exercises: {', '.join(names)}."
    if by_hand:
        text += f" {', '.join(by_hand)}: graded by hand, … until then."
    return Text(text, style="dim")


def _packed(room: int, first: list[_Column], exercises: Sequence[_Column]) -> list[list[_Column]]:
    """The columns beside those of the ids, in as many tables as are needed; one without any column is left out."""
    tables = [[*first]]
    for column in exercises:
        if not _fits(room, [*tables[-1], column]) and tables[-1]:
            tables.append([])
        tables[-1].append(column)
    return tables


def _fits(room: int, columns: Sequence[_Column]) -> bool:
    return sum(_GAP + column.width for column in columns) <= room


def _table(columns: Sequence[_Column]) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=0, show_edge=False)
    for column in columns:
        justify, overflow = ("right", "ellipsis") if column.right else ("left", "fold")
        table.add_column(column.head, justify=justify, overflow=overflow, width=column.width)  # type: ignore[arg-type]  # of literals
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*cells)
    return table


def _name(row: Row) -> str:
    return printable(f"{row.first_name} {row.last_name}".strip())


def _total(row: Row) -> Text:
    return Text("–" if row.total is None else number(row.total), style="bold")


def _penalty(row: Row) -> Text:
    off = 0 if row.total is None else row.penalty
    return Text(f"−{number(off)}" if off else "", style="red")


def _status(row: Row) -> Text:
    return Text(_WORDS.get(row.status, row.status), style=_STYLES[row.status])


def _points_cell(row: Row, name: str, most: float) -> Text:
    points = row.points[name]
    if row.total is None:
        return Text("")
    if points is None:
        return Text("…", style="yellow")
    return Text(number(points), style="green" if points >= most else "red" if points == 0 else "yellow")
