"""A CSV file whose cells are filled: every other byte stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import CourseError
from grader.exchange.cells_in_place import Sheet, read_sheets

ODD = b'\xef\xbb\xbfa;"b ""q"" ";c\r\n"x;y";;"two\nlines"\r\n\r\n;"";3'


def sheet_of(path: Path, data: bytes, delimiter: str) -> Sheet:
    path.write_bytes(data)
    return next(one for one in read_sheets(path) if one.delimiter == delimiter)


def test_only_the_cell_changes(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "x.csv", ODD, ";")
    assert [sheet.values(row) for row in range(3)] == [["a", 'b "q"', "c"], ["x;y", "", "two\nlines"], ["", "", "3"]]
    assert sheet.filled({}) == ODD
    assert sheet.filled({(1, 1): "1,5"}) == ODD.replace(b'";;"', b'";1,5;"')
    assert sheet.filled({(2, 1): "1"}) == ODD.replace(b';"";3', b';"1";3')  # in quotes, as it was
    assert sheet.filled({(2, 2): 'a;"'}) == ODD[:-1] + b'"a;"""'


@given(
    st.lists(st.lists(st.text("ab,;\"\n é'", max_size=4), min_size=2, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.data(),
)
def test_any_file_is_taken_apart_as_python_reads_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], ends: str, quoting: int, data: st.DataObject
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=ends, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # one of the two
    content = text.getvalue().encode()
    sheet = sheet_of(tmp_path_factory.getbasetemp() / "any.csv", content, ",")
    assert [[cell.value for cell in row] for row in sheet.rows] == rows
    assert sheet.filled({}) == content
    row = data.draw(st.integers(0, len(rows) - 1))
    rows[row][1] = 'new, "text"'
    again = csv.reader(io.StringIO(sheet.filled({(row, 1): 'new, "text"'}).decode(), newline=""))
    assert list(again) == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [("Zoë,1".encode("cp1252"), "no text in UTF-8"), (b'"a,1\n', "no CSV"), (b"", "no CSV"), (None, "cannot be read")],
)
def test_what_is_no_csv_is_told(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CourseError, match=message):
        read_sheets(path)
