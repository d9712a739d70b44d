"""A CSV file in which some cells are filled, and every other byte stays: quotes, line ends, order and the mark."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Cell:
    """A value, and where it stands in the text, quotes included."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file, row by row; rows may differ in length."""

    text: str
    mark: bytes
    delimiter: str
    rows: list[list[Cell]]

    def value(self, row: int, column: int) -> str:
        """The value of a cell without the space around it; '' where the row is too short."""
        return self.rows[row][column].value.strip() if column < len(self.rows[row]) else ""

    def values(self, row: int) -> list[str]:
        """The values of a row, without the space around them."""
        return [cell.value.strip() for cell in self.rows[row]]

    def filled(self, new: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these values, by row and column; all else is as it was."""
        parts, done = [], 0
        for row, column in sorted(new):
            cell = self.rows[row][column]
            quoted = self.text[cell.start : cell.start + 1] == '"'
            parts += [self.text[done : cell.start], _as_written(new[row, column], self.delimiter, quoted)]
            done = cell.end
        return self.mark + "".join([*parts, self.text[done:]]).encode()


def read_sheets(path: Path) -> list[Sheet]:
    """The file taken apart at commas, at semicolons and at tabs, as far as that is possible.

    Raises:
        CourseError: it cannot be read, or is no CSV in UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        text = data[len(mark) :].decode()
    except UnicodeDecodeError:
        raise CourseError(
            f"{path} is no text in UTF-8: take the file as it was downloaded, not as a spreadsheet saved it."
        ) from None
    sheets = [Sheet(text, mark, one, rows) for one in DELIMITERS if (rows := _rows(text, one))]
    if not sheets:
        raise CourseError(f"{path} is no CSV file: take the file as it was downloaded.")
    return sheets


def _as_written(value: str, delimiter: str, quoted: bool) -> str:
    if quoted or any(c in value for c in (delimiter, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value


def _rows(text: str, delimiter: str) -> list[list[Cell]]:
    """The cells by row, without empty lines; [] where the text is no CSV with this delimiter."""
    rows: list[list[Cell]] = [[]]
    place = 0
    while place < len(text):
        cell = _cell(text, place, delimiter)
        rows[-1].append(cell)
        place = cell.end + 1
        if text[cell.end : place] == delimiter and place == len(text):
            rows[-1].append(Cell("", place, place))
        elif text[cell.end : place] != delimiter:
            place += text[cell.end : place + 1] == "\r\n"
            rows.append([])
    rows = [row for row in rows if len(row) > 1 or (row and row[0].value)]
    return rows if [[cell.value for cell in row] for row in rows] == _as_csv_reads(text, delimiter) else []


def _cell(text: str, start: int, delimiter: str) -> Cell:
    """The cell that begins here; a quoted one ends with the quote that is not doubled."""
    place, value = start, ""
    if text.startswith('"', start):
        place += 1
        while (close := text.find('"', place)) >= 0:
            value += text[place:close]
            place = close + 1
            if not text.startswith('"', place):
                break
            value += '"'
            place += 1
        else:
            return Cell(value + text[place:], start, len(text))
    stop = re.compile(rf"[{delimiter}\r\n]").search(text, place)
    end = stop.start() if stop else len(text)
    return Cell(value + text[place:end], start, end)


def _as_csv_reads(text: str, delimiter: str) -> list[list[str]] | None:
    """The same by Python's own reader, which has to agree; None where that cannot read it."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return [row for row in rows if len(row) > 1 or (row and row[0])]
