"""Whose file is it? The names that Moodle and Canvas give to uploads, read by nbgrader's collector plugin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from nbgrader.plugins import FileNameCollectorPlugin

MOODLE = r".*?(?P<name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_[a-z]+(?:_|/|_/)(?P<file_id>[^/]+)$"
CANVAS = r"(?:.*/)?(?P<name>[^/_]+)(?P<late>_LATE)?_(?P<student_id>\d+)_\d+_(?P<file_id>[^/]+)$"
FOLDER = r"(?P<student_id>[^/]+)/(?P<file_id>[^/]+)$"


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
    parts = [part for part in path.parts[:-1] if part != assignment] + [path.name]
    for platform, pattern in (("Moodle", MOODLE), ("Canvas", CANVAS), ("folders", FOLDER)):
        plugin = FileNameCollectorPlugin(named_regexp=pattern, valid_ext=[path.suffix])
        found = _silently(plugin, "/".join(parts))
        if found:
            name = found.get("name") or ""
            return Owner(platform, found["student_id"], name, found["file_id"], bool(found.get("late")))
    return None


def _silently(plugin: FileNameCollectorPlugin, name: str) -> dict[str, str] | None:
    """The plugin's answer; it warns of every name that does not match, which is no news here."""
    return plugin.collect(name) if re.match(plugin.named_regexp, name) else None


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
