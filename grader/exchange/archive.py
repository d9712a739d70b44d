"""The files of a download from a learning platform, be it a zip or a folder: read within bounds, never unpacked."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from course_lib.errors import CourseError
from grader.exchange.kinds import is_plain_file, kind_of

MAX_FILE = 128 * 2**20
MAX_FILES = 50_000
JUNK = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "__pycache__"}


class TooLarge(Exception):
    """A file of more than MAX_FILE bytes."""


@dataclass(frozen=True)
class Entry:
    """One file of a download.

    Attributes:
        path: its name inside the download; only ever taken apart, never written to.
        modified: when it was changed, as the download says.
        read: gives its bytes; raises TooLarge.
        refused: why it is not to be read at all, '' for a file.
    """

    path: PurePosixPath
    modified: datetime
    read: Callable[[], bytes]
    refused: str = ""


@contextmanager
def opened(source: Path) -> Iterator[list[Entry]]:
    """The files of a zip or folder, without what operating systems leave in them.

    Raises:
        CourseError: there is no such file, it is no zip, it is locked with a password, or it holds too many files.
    """
    if source.is_dir():
        yield _of_folder(source)
        return
    if not source.exists():
        raise CourseError(f"there is no file or folder {source}.")
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise CourseError(f"{source} is neither a folder nor a zip file: {error}.") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _require_few_files(source, len(infos))
        if any(info.flag_bits & 1 for info in infos):
            raise CourseError(f"{source} is locked with a password: unpack it and give the folder.")
        yield [entry for info in infos if not _is_junk((entry := _of_zip(archive, info)).path)]


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    def read() -> bytes:
        # The header may lie about the size: what counts is what comes out.
        with archive.open(info) as file:
            return _not_too_large(file.read(MAX_FILE + 1))

    path = PurePosixPath(*[part for part in info.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")])
    return Entry(path, _time_in_zip(info), read)


def _of_folder(folder: Path) -> list[Entry]:
    entries: list[Entry] = []

    def add(path: Path, refused: str) -> None:
        entry = Entry(
            PurePosixPath(path.relative_to(folder).as_posix()), _time_of_file(path), _reader_of(path), refused
        )
        if not _is_junk(entry.path):
            entries.append(entry)

    def unreadable(error: OSError) -> None:
        add(Path(error.filename), f"a folder that cannot be read: {error.strerror}")

    for where, folders, names in os.walk(folder, onerror=unreadable):  # does not follow links to folders
        for name in [*names, *(one for one in folders if os.path.islink(os.path.join(where, one)))]:
            path = Path(where) / name
            add(path, _why_refused(path))
        _require_few_files(folder, len(entries))
    return sorted(entries, key=lambda entry: entry.path)


def _why_refused(path: Path) -> str:
    try:
        return "" if is_plain_file(path) else f"it is {kind_of(path)}, and no file"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _reader_of(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with path.open("rb") as file:
            return _not_too_large(file.read(MAX_FILE + 1))

    return read


def _not_too_large(data: bytes) -> bytes:
    if len(data) > MAX_FILE:
        raise TooLarge
    return data


def _require_few_files(source: Path, files: int) -> None:
    if files > MAX_FILES:
        raise CourseError(f"{source} holds more than {MAX_FILES} files: that is no download of one assignment.")


def _is_junk(path: PurePosixPath) -> bool:
    return not path.parts or any(part in JUNK or part.startswith("._") for part in path.parts)


def _time_in_zip(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return datetime.min


def _time_of_file(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime)
    except (OSError, OverflowError, ValueError):  # it is gone, or its clock was in another age
        return datetime.min


UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, OSError, RuntimeError, ValueError),
)
"""What reading a damaged entry may raise."""
