"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

from course_lib.errors import CourseError

_UNFINISHED = ".unfinished"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that a person reads; text as UTF-8, with the line ends that it has.

    Raises:
        CourseError: it cannot be written. What stood there before is still there.
    """
    write_all_whole({path: content})


def write_named(path: Path, content: str | bytes) -> None:
    """Write the file that a person named: through a link, and in no new folder, since that would be a slip.

    Raises:
        CourseError: it cannot be written. What stood there before is still there.
    """
    try:
        path.parent.stat()
    except OSError as error:
        raise cannot_write(path, error) from error
    write_whole(path.resolve(), content)


def write_all_whole(files: Mapping[Path, str | bytes]) -> None:
    """Write files that belong together: none takes its name before all of them are complete on disk.

    Raises:
        CourseError: one cannot be written. What stood there before is still there.
    """
    try:
        with replacing({path: text.encode() if isinstance(text, str) else text for path, text in files.items()}):
            pass
    except OSError as error:
        raise cannot_write(_meant(error, files), error) from error


def is_full(error: Exception) -> TypeGuard[OSError]:
    """Whether it is an error of the disk, so that nothing else can be written either."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def cannot_write(path: Path, error: OSError) -> CourseError:
    """What is told when a file or folder cannot be written and the earlier one has stayed."""
    return CourseError(f"{path} cannot be written: {error.strerror or error}. What was there before is kept.")


def _meant(error: OSError, files: Mapping[Path, str | bytes]) -> Path:
    """The file that could not be written: the unfinished one has another name, and an error may have none."""
    named = {path.with_name(f".{path.name}{_UNFINISHED}"): path for path in files}
    path = Path(os.fsdecode(error.filename or next(iter(files))))
    return named.get(path, path)


@contextmanager
def replacing(files: Mapping[Path, bytes]) -> Iterator[None]:
    """Write files in two steps: all are complete on disk before the body, and take their names after it, in this order.

    If the body raises, or the disk is full, the old files stay as they were. Whoever is killed between two names has
    not written the last one: by the last one it is judged whether all of them are there.
    """
    unfinished = {path: path.with_name(f".{path.name}{_UNFINISHED}") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        yield
        for path, written in unfinished.items():
            written.replace(path)
    finally:
        for written in unfinished.values():
            written.unlink(missing_ok=True)


def replace_folder(made: Path, target: Path) -> None:
    """Put a complete folder in the place of another one, which stays as it was until then.

    Raises:
        OSError: it cannot be put there. What was there before is still there.
    """
    new, old = (target.with_name(f".{target.name}{ending}") for ending in (_UNFINISHED, ".before"))
    target.parent.mkdir(parents=True, exist_ok=True)
    if old.exists() and not target.exists():  # somebody was killed between the two names
        old.rename(target)
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        shutil.move(made, new)  # a copy where it lies on another disk
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path, inside: str) -> None:
    """Take away what a killed process left half-written in the folders that match the pattern `inside`."""
    for left in folder.glob(f"{inside}/.*{_UNFINISHED}"):
        left.unlink(missing_ok=True)
