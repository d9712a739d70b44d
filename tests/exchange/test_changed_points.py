"""What a grading changed, as the table that `course grade` prints."""

from __future__ import annotations

from rich.console import Console

from grader.exchange.changed_points import changes_table
from grader.exchange.changes import Change


def printed(*changes: Change) -> str:
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(changes_table(changes))
    return capture.get()


def test_the_table_fits_into_60_columns_and_says_why() -> None:
    why = "the test has changed"
    text = printed(
        Change("a-very-long-student-id@example.org", "convolution_of_colors", 1.25, 3, ("stride 2", "padding"), why),
        Change("bob", "late penalty", None, -2.5, (), "the due date or the rule changed"),
        Change("\x1b[31m", "x", 2, None, ("",), ""),
    )
    assert max(map(len, text.splitlines())) <= 60
    words = " ".join(text.split())
    for part in ("1.25", "-2.5", "none", '"stride 2"', "the test", "changed", "whole test"):
        assert part in words
    assert "\x1b" not in text


def test_nothing_changed() -> None:
    assert printed() == "The last grading changed no points.\n"
