"""The files of a download from a learning platform, be it a zip or a folder: read within bounds, never unpacked."""

from __future__ import annotations

import io
import lzma
import os
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from course_lib.errors import CourseError
from grader.exchange.kinds import is_plain_file, kind_of

MAX_FILE = 128 * 2**20
MAX_FILES = 50_000
MAX_FILES_INSIDE = 1000
"""The most files of a zip that a student handed in."""
UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)
JUNK = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "__pycache__"}
_SAYS_UTF8 = 0x800
_EXTENDED_TIME = 0x5455
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class TooLarge(Exception):
    """A file of more than MAX_FILE bytes."""


@dataclass(frozen=True)
class Entry:
    """One file of a download.

    Attributes:
        path: its name inside the download; only ever taken apart, never written to.
        modified: when it was changed, as the download says; UNKNOWN_TIME where it does not.
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
        yield _with_zips_unfolded(_of_folder(source))
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
        yield _with_zips_unfolded([entry for info in infos if not _is_junk((entry := _of_zip(archive, info)).path)])


def _with_zips_unfolded(entries: list[Entry]) -> list[Entry]:
    """The entries, with the files of a zip that was handed in instead of the zip; a zip in that one stays a file."""
    return [one for entry in entries for one in (_unfolded(entry) if _is_zip(entry) else [entry])]


def _is_zip(entry: Entry) -> bool:
    return not entry.refused and entry.path.suffix.lower() == ".zip"


def _unfolded(outer: Entry) -> list[Entry]:
    """The files of a zip inside the download, under its name; the zip itself, refused, where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(outer.read())) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MAX_FILES_INSIDE:
                return [replace(outer, refused=f"a zip of more than {MAX_FILES_INSIDE} files")]
            if any(info.flag_bits & 1 for info in infos):
                return [replace(outer, refused="a zip that is locked with a password")]
            inside = [_of_zip_inside(outer, info) for info in infos]
    except TooLarge:
        return [replace(outer, refused=f"larger than {MAX_FILE // 2**20} MB")]
    except UNREADABLE as error:
        return [replace(outer, refused=f"a zip that cannot be read: {error}")]
    return [entry for entry in inside if not _is_junk(entry.path)] or [replace(outer, refused="an empty zip")]


def _of_zip_inside(outer: Entry, info: zipfile.ZipInfo) -> Entry:
    # Opened anew for each file that is wanted: the zips of a whole class need not be held in memory.
    def read() -> bytes:
        with zipfile.ZipFile(io.BytesIO(outer.read())) as archive, archive.open(info) as file:
            return _not_too_large(file.read(MAX_FILE + 1))

    # The time is that of the hand-in: inside lies what the student's own clock said.
    return Entry(outer.path / _path_in_zip(info), outer.modified, read)


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    def read() -> bytes:
        # The header may lie about the size: what counts is what comes out.
        with archive.open(info) as file:
            return _not_too_large(file.read(MAX_FILE + 1))

    return Entry(_path_in_zip(info), _time_in_zip(info), read)


def _path_in_zip(info: zipfile.ZipInfo) -> PurePosixPath:
    """The name of an entry, without what leads outside, with accents composed (Macs take them apart)."""
    name = unicodedata.normalize("NFC", _decoded(info).replace("\\", "/"))
    return PurePosixPath(*[part for part in name.split("/") if part not in ("", ".", "..")])


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 without saying so, which is then read as cp437."""
    if info.flag_bits & _SAYS_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _of_folder(folder: Path) -> list[Entry]:
    entries: list[Entry] = []

    def add(path: Path, refused: str) -> None:
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        entry = Entry(PurePosixPath(name), _time_of_file(path), _reader_of(path), refused)
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
    """The extended time stamp, which is in UTC; else the plain one, in this machine's zone."""
    try:
        if (seconds := _extended_time(info.extra)) is not None:
            return datetime.fromtimestamp(seconds, UTC)
        # What has no time of its own gets the first day that a zip can name.
        return UNKNOWN_TIME if info.date_time <= _NO_TIME else datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN_TIME


def _extended_time(extra: bytes) -> int | None:
    """The time of change in an entry's extra field 0x5455, in seconds since 1970; None where there is none."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _EXTENDED_TIME and len(field) >= 5 and field[0] & 1:
            return int(struct.unpack_from("<i", field, 1)[0])
    return None


def _time_of_file(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):  # it is gone, or its clock was in another age
        return UNKNOWN_TIME


UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, OSError, RuntimeError, ValueError),
)
"""What reading a damaged entry may raise."""
