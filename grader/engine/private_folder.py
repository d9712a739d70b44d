"""A folder of this machine for the files of one submission; whoever comes next takes away what a killed grader left."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PREFIX = "cnn-course-submission-"  # of ours alone: what has this name and no owner is removed
_UNLOCKED = f"new-{PREFIX}"


@contextmanager
def private_folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A new folder with these files; it goes at the end, or, if this process is killed, when the next one is made.

    Raises ValueError for a path that leaves it.
    """
    if sys.platform == "win32":  # which cannot lock a folder
        with tempfile.TemporaryDirectory(prefix=PREFIX) as plain:
            _write(files, Path(plain))
            yield Path(plain)
        return
    import fcntl

    sweep()
    made = Path(tempfile.mkdtemp(prefix=_UNLOCKED))
    held = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        folder = made.rename(made.with_name(PREFIX + made.name.removeprefix(_UNLOCKED)))  # only now it can be swept
        try:
            _write(files, folder)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    if files:
        # Late: the container's parent makes folders too, and its forks must not carry what reads notebooks.
        from grader.engine.submission_files import write_beside

        write_beside(files, folder)


def sweep() -> None:
    """Remove the folders that nobody holds: the system gives a lock back when its owner dies, however it dies."""
    if sys.platform == "win32":
        return
    import fcntl

    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # somebody else's, or gone
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except OSError:  # it is in use
            pass
        finally:
            os.close(held)
