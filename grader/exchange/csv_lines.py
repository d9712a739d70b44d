"""A table that an instructor writes, line by line: CSV as spreadsheets write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from course_lib.errors import CourseError


def csv_lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines that are not empty, with their numbers: values by column, in small letters and with _ for spaces.

    Commas, semicolons or tabs may stand between values.

    Raises:
        CourseError: it cannot be read, or a line has more values than there are columns.
    """
    text = _text_of(path)
    header = text.lstrip().partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        reader.fieldnames = [name.strip().lower().replace(" ", "_") for name in reader.fieldnames or ()]
        for row in reader:
            if any(row.pop(None, ())):  # DictReader's key for what is beyond the header
                raise CourseError(f"{path}, line {reader.line_num}: there are more values than columns.")
            values = {key: (value or "").strip() for key, value in row.items()}
            if any(values.values()):  # spreadsheets write empty lines as commas
                yield reader.line_num, values
    except csv.Error as error:
        raise CourseError(f"{path} cannot be read: line {reader.line_num}: {error}.") from error


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
