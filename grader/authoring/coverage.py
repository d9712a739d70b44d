"""The table of what the five decks teach: `docs/coverage.md`, one row per fact, claim or task."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROW = re.compile(r"^\| ([A-Z]\d\d) \| ([\d, ]+) \| (\w+) \| (.+) \|$")
SECTION = re.compile(r"^## (\d\d .+)$")


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        id: a letter and two digits.
        decks: the decks it comes from, by the first three digits of their file names.
        kind: value, lab, code, erratum or told.
        what: the fact, claim or task.
        section: heading of its module, such as `01 convolution`.
    """

    id: str
    decks: str
    kind: str
    what: str
    section: str


def read(path: Path) -> dict[str, Row]:
    """The rows by id, in the order of the table.

    Raises:
        ValueError: an id stands twice.
    """
    rows: dict[str, Row] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if heading := SECTION.match(line):
            section = heading[1]
        elif match := ROW.match(line):
            row = Row(match[1], match[2], match[3], match[4], section)
            if row.id in rows:
                raise ValueError(f"{path}: row {row.id} stands twice")
            rows[row.id] = row
    return rows
