"""The secret of a course, from which hidden cases draw: made once, read for each grading, never made anew by itself."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from course_lib.errors import CourseError

_BYTES = 32
_CHECK = 8


def course_secret(path: Path) -> bytes:
    """The secret that is kept at `path`. It is made where there is none; of two who make it at once, both get one.

    Raises:
        CourseError: the file is damaged, or cannot be read or written.
    """
    try:
        try:
            return _stored_secret(path)
        except FileNotFoundError:
            _make_secret(path)
            return _stored_secret(path)
    except OSError as error:
        raise CourseError(f"{path}, the secret of this course, cannot be read or made: {error.strerror}.") from error


def _stored_secret(path: Path) -> bytes:
    words = path.read_bytes().split()
    try:
        secret = bytes.fromhex(words[0].decode("ascii"))
        whole = len(words) == 2 and len(secret) == _BYTES and words[1].decode("ascii") == _checksum(secret)
    except (ValueError, IndexError):
        whole = False
    if not whole:
        raise CourseError(
            f"{path}, the secret of this course, is damaged. Hidden tests draw their numbers from it, so another one "
            "would change marks: put back the copy from your backup. If nothing is graded yet, delete the file, and "
            "the next grading makes a new one."
        )
    return secret


def _make_secret(path: Path) -> None:
    """Write a file of another name, whole, and give it this one, unless somebody was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_bytes(_BYTES)
    unfinished = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secret.hex()} {_checksum(secret)}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink(missing_ok=True)


def _checksum(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()[:_CHECK]
