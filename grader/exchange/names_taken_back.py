"""The names under which Moodle and Canvas take files of feedback: those of the download, as far as they can be read.

Moodle reads the number of the participant at the second of the parts between underscores, and leaves out in silence
what it cannot read (`mod/assign/feedback/file/importziplib.php`). Canvas reads the first two parts that are numbers: of
the user, and of the file that was handed in (`infer_comment_context_from_filename` in `abstract_assignment.rb`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# Who is in no team hands in with the "Default group", which has no number.
_MOODLE = re.compile(r"(?P<name>.*?)(?:_(?P<number>\d+))?_(?P<plugin>assignsubmission_[a-z]+)(?P<rest>_.*)?", re.DOTALL)
_CANVAS_HIDDEN = re.compile(r"(?P<ids>(?:LATE_)?anon_(?:LATE_)?[^_]+_\d+_)(?P<file>.*)", re.DOTALL)


@dataclass(frozen=True)
class TakenBack:
    """Where a page goes: what stands before its own name.

    Attributes:
        before: the part of the name, or the folder, that the platform reads.
        instead_of: what the download has there, where the platform would not have understood that; '' otherwise.
    """

    before: str
    instead_of: str = ""


def moodle_name(path: str, participant: tuple[str, str] | None = None) -> TakenBack | None:
    """The folder, or the beginning of the name, of a participant's feedback; None where it is no name of Moodle's.

    Args:
        path: of the file that was handed in, in the download.
        participant: name and number to take in place of those in the path.
    """
    parts, below = _first_match(_MOODLE, path)
    if parts is None or not (participant or parts["number"]):
        return None
    name, number = participant or (parts["name"], parts["number"])
    # Moodle reads nothing of the name but counts its underscores.
    wanted = f"{_for_a_path(name)}_{number}_"
    instead_of = "" if parts[0].startswith(wanted) else parts[0]
    rest = (parts["rest"] or "") + "/" if below else "_"
    return TakenBack(f"{wanted}{parts['plugin']}{rest}", instead_of)


def canvas_name(path: str, number: str) -> TakenBack | None:
    """The beginning of the name of a file of feedback; None where it is no name of Canvas's.

    Args:
        path: of the file that was handed in, in the download.
        number: of whoever handed it in; a group's name may hold numbers as well.
    """
    canvas = re.compile(rf"(?P<name>.+?)(?P<ids>(?:_LATE)?_{re.escape(number)}_\d+_)(?P<file>.*)", re.DOTALL)
    if parts := _first_match(_CANVAS_HIDDEN, path)[0]:
        return TakenBack(parts["ids"])
    if parts := _first_match(canvas, path)[0]:
        numbers = any(part.isdigit() for part in parts["name"].split("_"))
        student = f"student-{parts['name'].replace('_', '-')}" if numbers else parts["name"]
        return TakenBack(student + parts["ids"], parts[0] if numbers else "")
    return None


def canvas_page(notebook: str) -> str:
    """The rest of the name: Canvas leaves out what ends in a part that begins with "link"."""
    return f"feedback-{notebook.replace('_', '-')}.html"


def _first_match(names: re.Pattern[str], path: str) -> tuple[re.Match[str] | None, bool]:
    """The first part of a path that a platform wrote, and whether it is a folder; what follows is the student's."""
    parts = PurePosixPath(path).parts
    found = ((match, place + 1 < len(parts)) for place, part in enumerate(parts) if (match := names.fullmatch(part)))
    return next(found, (None, False))


def _for_a_path(name: str) -> str:
    """A name without what would end it for Moodle, or lead out of the folder."""
    return re.sub(r"[_/\\:*?\"<>|\x00-\x1f]+", " ", name).strip(" .") or "participant"
