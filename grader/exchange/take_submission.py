"""Write what a student handed in, with its time; what was there before, whatever it is, is kept elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.archive import MAX_FILE, UNKNOWN_TIME, UNREADABLE, Entry, TooLarge
from grader.exchange.batch.handed_in_at import TIMESTAMP
from grader.exchange.kinds import is_of_one_place, is_plain_file
from grader.exchange.submission_times import time_stamp
from grader.whole_files import replacing


@dataclass(frozen=True)
class Taken:
    """What writing a submission did.

    Attributes:
        changed: whether a file is another one than before.
        kept: where the earlier files are now.
        refused: why it cannot be written; '' where it was.
    """

    changed: bool = False
    kept: list[Path] = field(default_factory=list)
    refused: str = ""


def take(
    course: CourseDir,
    assignment: str,
    student: str,
    files: Mapping[Path, bytes],
    modified: datetime | None,
    *,
    certain: bool = False,
) -> Taken:
    """Write the files of one student; those that are the same already stay as they are, with their time.

    Args:
        modified: when they were handed in; UNKNOWN_TIME where the download does not say, None where its times are
            not to be believed: then there is no time stamp any more.
        certain: whether this time counts more than one that was noted with the same files.

    Raises:
        CourseError: nothing can be written there at all.
    """
    first = next(iter(files))
    stamp = first.with_name(TIMESTAMP)
    try:
        changed = {path: content for path, content in files.items() if not _has_content(path, content)}
        kept = [_keep_earlier(course, assignment, student, path) for path in changed if os.path.lexists(path)]
        noted = time_stamp(modified).encode() if modified not in (None, UNKNOWN_TIME) else None
        other = noted is not None and certain and not _has_content(stamp, noted)
        if os.path.lexists(stamp) and (changed or modified is None or other):
            _keep_earlier(course, assignment, student, stamp)
        writes = dict(changed)
        if noted is not None and not os.path.lexists(stamp):
            writes[stamp] = noted
        first.parent.mkdir(parents=True, exist_ok=True)
        with replacing(writes):
            pass
    except OSError as error:
        if is_of_one_place(error) and course.all_submitted.is_dir():
            return Taken(refused=f"{first} cannot be written: {error.strerror}")
        raise CourseError(f"{first} cannot be written: {error.strerror}.") from error
    return Taken(bool(changed), kept)


def content_or_why(entry: Entry) -> tuple[bytes | None, str]:
    """What a file holds; None and the reason where it cannot be read."""
    try:
        return entry.read(), ""
    except TooLarge:
        return None, f"larger than {MAX_FILE // 2**20} MB"
    except UNREADABLE as error:
        return None, f"damaged: {error}"


def _has_content(path: Path, content: bytes) -> bool:
    return is_plain_file(path) and path.read_bytes() == content


def _keep_earlier(course: CourseDir, assignment: str, student: str, old: Path) -> Path:
    """Move an earlier file out of the way, to where nothing is ever overwritten."""
    when = datetime.fromtimestamp(old.lstat().st_mtime).strftime("%Y-%m-%d_%H-%M-%S")
    folder = course.work / "replaced" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{when}{old.suffix}", *(f"{when}_{n}{old.suffix}" for n in range(2, 1000))]
    kept = next(folder / name for name in names if not os.path.lexists(folder / name))
    shutil.move(old, kept)
    return kept
