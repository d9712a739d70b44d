"""A line that was written over and over is shown as JupyterLab shows it."""

from __future__ import annotations

import pytest

from grader.exchange.carriage_returns import as_shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("no return\n", "no return\n"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("  0%\r 50%\r100%\ndone\n", "100%\ndone\n"),
        ("a long line\rshort", "shortg line"),
        ("\rfirst", "first"),
        ("last stays\r", "last stays"),
        ("abc\b\bX", "aXc"),
        ("\b\bx", "x"),
        ("one\rtwo\nthree\rfour\n", "two\nfoure\n"),
    ],
)
def test_what_stands_there_in_the_end_is_shown(written: str, shown: str) -> None:
    assert as_shown(written) == shown


def test_a_flood_becomes_one_line() -> None:
    flood = "".join(f"\r{percent:6d} of 500000" for percent in range(100_000)) + "\n"
    assert as_shown(flood) == " 99999 of 500000\n"


def test_many_short_returns_over_a_long_line_take_one_pass() -> None:
    assert as_shown("x" * 300_000 + "\ra" * 300_000) == "a" + "x" * 299_999
