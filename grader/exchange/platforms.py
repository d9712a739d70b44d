"""Whose file is it? The names that Moodle and Canvas give to uploads, and folders that are called like students."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.exchange.archive import Entry

# Only the first part of a path is read: what follows it is the student's own choice, and could name somebody else.
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.+)|_?)")
_CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")


@dataclass(frozen=True)
class Owner:
    """What a file's name says about who handed it in.

    Attributes:
        number: the platform's number of the student, or the name of the folder.
        name: as the platform writes it ('' for plain folders): "Ada Lovelace" in Moodle, "lovelaceada" in Canvas.
        file: the name that the student gave the file.
        late: whether the platform marks it as late.
    """

    platform: str
    number: str
    name: str
    file: str
    late: bool


def owner(path: PurePosixPath, assignment: str) -> Owner | None:
    """Read the name of a file of a download; None when it does not say who handed it in.

    Understands `First Last_123456_assignsubmission_file_/x.ipynb` (and the flat form without the folder),
    `lastfirst_LATE_12345_67890_x.ipynb`, `STUDENT/x.ipynb` and nbgrader's `STUDENT/ASSIGNMENT/x.ipynb`.
    """
    first, *below = path.parts
    if (match := _MOODLE.fullmatch(first)) and bool(below) != bool(match["file"]):
        return Owner("Moodle", match["number"], match["name"], match["file"] or path.name, late=False)
    if (match := _CANVAS.fullmatch(first)) and not below:
        return Owner("Canvas", match["number"], match["name"], match["file"], late=bool(match["late"]))
    if len(below) == 1 or (len(below) == 2 and below[0] == assignment):
        return Owner("folders", first, "", path.name, late=False)
    return None


def without_wrapper(entries: list[Entry]) -> list[Entry]:
    """The entries without the one folder that some zips wrap around everything, where it is plain that it is one."""
    parts = [entry.path.parts for entry in entries]
    if len({p[0] for p in parts}) != 1 or any(len(p) < 2 for p in parts):
        return entries
    inside = {p[1] for p in parts}
    if _is_platforms(parts[0][0]) or not (
        any(map(_is_platforms, inside)) or (len(inside) > 1 and all(len(p) > 2 for p in parts))
    ):
        return entries
    return [replace(entry, path=PurePosixPath(*entry.path.parts[1:])) for entry in entries]


def _is_platforms(part: str) -> bool:
    """Whether a learning platform made this name."""
    return bool(_MOODLE.fullmatch(part) or _CANVAS.fullmatch(part))


def attempt(file: str) -> int:
    """The number of a resubmission: Canvas adds -1, -2, ...; browsers add (1), (2), ...; 0 for the first."""
    match = re.search(r"(?:-|\s?\()(\d{1,3})\)?$", PurePosixPath(file).stem)
    return int(match[1]) if match else 0


def is_called(file: str, assignment: str) -> bool:
    """Whether a file is the assignment's notebook, be it a copy or a resubmission of it."""
    stem = PurePosixPath(file).stem
    stem = re.sub(r"(?:-\d{1,3}|\s*\(\d{1,3}\)|[-_ ]?\(?copy\)?\d*)+$", "", stem, flags=re.IGNORECASE)
    stem = re.sub(r"^copy[ _]of[ _]", "", stem, flags=re.IGNORECASE)
    return _letters(stem) == _letters(assignment)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
