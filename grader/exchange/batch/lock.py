"""One grader at a time: a lock that the operating system takes back when its owner dies, however it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from course_lib.errors import CourseError
from grader.nbgrader_config import CourseDir

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(2**20)  # not where the number stands: a locked byte cannot be read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_grader(course: CourseDir) -> Iterator[None]:
    """Hold the lock of this gradebook. The file stays, with the number of its last owner; a dead one's lock is free.

    Raises:
        CourseError: another process grades, or the lock cannot be written.
    """
    path = course.work / "grade.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise CourseError(f"the lock {path} cannot be written: {error.strerror}.") from error
    with file:
        try:
            _lock(file)
        except OSError as error:
            file.seek(0)
            owner = file.read(20).strip() or "unknown"
            raise CourseError(
                f"another `course grade` is running (process {owner}): wait for it, or stop it."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
