"""A table that an instructor gives, line by line: CSV as spreadsheets and platforms write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from course_lib.errors import CourseError


def csv_lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines that are not empty, with their numbers: values by column, in small letters and with _ for spaces.

    Raises:
        CourseError: it cannot be read, or a line has more values than there are columns.
    """
    (_, header), *lines = csv_rows(path) or [(0, [])]
    columns = [name.lower().replace(" ", "_") for name in header]
    for line, row in lines:
        yield line, dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=True))


def csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    """The header and the lines that are not empty, with the number of the line at which each ends.

    Commas, semicolons or tabs may stand between values; a line may have fewer of them than there are columns.

    Raises:
        CourseError: it cannot be read, or a line has more values than there are columns.
    """
    text = _text_of(path)
    header = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            values = [value.strip() for value in row]
            if not any(values):  # spreadsheets write empty lines as commas
                continue
            width = len(rows[0][1]) if rows else len(values)
            if any(values[width:]):
                raise CourseError(f"{path}, line {reader.line_num}: there are more values than columns.")
            rows.append((reader.line_num, values[:width]))
    except csv.Error as error:
        raise CourseError(f"{path} cannot be read: line {reader.line_num}: {error}.") from error
    return rows


def _text_of(path: Path) -> str:
    """The text of a table, also with a mark at its beginning, or in UTF-16."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CourseError(f"{path} is a spreadsheet: save it as CSV (in Excel: CSV UTF-8).")
    try:
        return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is no UTF-8 text: save it as CSV UTF-8.") from None
