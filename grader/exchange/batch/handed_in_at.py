"""When a submission was handed in: nbgrader's exchange, or the instructor, leaves that in a file beside it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nbgrader.utils import parse_utc

from course_lib.repair.damage import Damaged
from grader.exchange.kinds import is_plain_file, kind_of
from grader.exchange.printable import printable

TIMESTAMP = "timestamp.txt"
_MOST_BYTES = 1000
_RIGHT = "write it like 2026-11-20 10:00:00 UTC, or remove the file"


def handed_in_at(folder: Path) -> str:
    """The time that stands in the folder's time stamp; '' where it has none.

    Raises:
        Damaged: it is no file or says no time. Who hands in late must not get out of it by that.
        OSError: it cannot be read.
    """
    path = folder / TIMESTAMP
    if not os.path.lexists(path):
        return ""
    if not is_plain_file(path):
        raise Damaged(f"{TIMESTAMP} is {kind_of(path)}: {_RIGHT}")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES)
    text = content.decode("utf-8", "backslashreplace").strip()
    if text and not _is_time(text):
        raise Damaged(f"{TIMESTAMP} says no time ({printable(text[:40])}): {_RIGHT}")
    return text


def _is_time(text: str) -> bool:
    """Whether nbgrader reads a time in it, and one that does not depend on the day on which it is read."""
    if not re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text):
        return False
    try:
        parse_utc(text)
    except Exception:  # its parser raises all sorts of errors
        return False
    return True
