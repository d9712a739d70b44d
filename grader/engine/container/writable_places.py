"""Where a submission may write: its own folder, and places that are open to all; what it has there, and its end."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.engine.container.users import User
from grader.engine.private_folder import private_folder
from grader.engine.sandbox import linux_calls

MOST_FILES = 20_000
_MOST_DEEP = 64
_BLOCK = 512  # bytes in a unit of st_blocks
_KNOWN = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/var/lock")


@dataclass(frozen=True)
class Place:
    """The folders of one submission, for its user alone."""

    home: str
    temporary: str


@contextmanager
def place_for(user: User) -> Iterator[Place]:
    """Make the folders; they go at the end, however deep the submission has nested what is in there."""
    with private_folder({}) as folder:
        place = Place(str(folder / "home"), str(folder / "tmp"))
        for path in (place.home, place.temporary):
            os.mkdir(path, 0o700)
            os.chown(path, user.number, user.number)
        folder.chmod(0o711)
        try:
            yield place
        finally:
            folder.chmod(0o700)
            _remove(str(folder))


def open_to_all(user: int) -> list[str]:
    """Folders besides its own in which this user could leave files: those that are known to be so, and mounts."""
    candidates = [*_KNOWN, tempfile.gettempdir(), *_mounts()]
    found: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        stack.callback(linux_calls.set_file_user, 0, 0)
        linux_calls.set_file_user(user, user)
        for path in candidates:
            real = os.path.realpath(path)
            if not real.startswith(("/proc", "/sys")) and os.path.isdir(real) and _is_writable(real):
                found[real] = real
    return list(found)


@dataclass(frozen=True)
class Stored:
    """What a user's files take up; `too_deep`: they are nested so deep that nobody can count them."""

    size_bytes: int
    files: int
    too_deep: bool


def stored(user: int, place: Place, public: list[str]) -> Stored:
    """Count the user's files, except those that have no name any more (`watch.nameless_bytes`)."""
    count = _Count(user)
    for path in (place.home, place.temporary):
        count.folder(path)
    for path in public:
        for entry in _entries_of(path, user):
            count.entry(entry)
    return Stored(count.size_bytes, count.files, count.too_deep)


def sweep(user: int, public: list[str]) -> None:
    """Remove what the user has left in the places that are open to all. Its processes must have ended."""
    for path in public:
        for entry in _entries_of(path, user):
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.path)
                    os.rmdir(entry.path)
                else:
                    os.unlink(entry.path)


def _entries_of(path: str, user: int) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == user:
                    yield entry


class _Count:
    """Adds up. Links are not followed; a file of several names counts once."""

    def __init__(self, user: int) -> None:
        self.size_bytes = self.files = 0
        self.too_deep = False
        self._user = user
        self._seen: set[tuple[int, int]] = set()

    def folder(self, path: str, depth: int = 0) -> None:
        self.too_deep |= depth > _MOST_DEEP
        if self.too_deep or self.files > MOST_FILES:
            return
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self.entry(entry, depth)
        except OSError as error:
            self._failed(error)

    def entry(self, entry: os.DirEntry[str], depth: int = 0) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._failed(error)
            return
        if found.st_uid != self._user or (found.st_dev, found.st_ino) in self._seen:
            return
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            self._seen.add((found.st_dev, found.st_ino))
        self.files += 1
        self.size_bytes += found.st_blocks * _BLOCK
        if stat.S_ISDIR(found.st_mode):
            self.folder(entry.path, depth + 1)

    def _failed(self, error: OSError) -> None:
        """What cannot be looked at is gone, or its path is longer than one may be."""
        self.too_deep |= error.errno == errno.ENAMETOOLONG


def _remove(folder: str) -> None:
    """Empty a folder of files and folders, however deep: what lies inside of a folder is moved up before that goes."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while names := os.listdir(top):
            for name in names:
                _take_apart(top, name)
    finally:
        os.close(top)


def _take_apart(top: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=top)
        return
    except IsADirectoryError:
        inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for inner in os.listdir(inside):
            try:
                os.unlink(inner, dir_fd=inside)
            except IsADirectoryError:
                os.rename(inner, uuid.uuid4().hex, src_dir_fd=inside, dst_dir_fd=top)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)


def _mounts() -> list[str]:
    with open("/proc/self/mounts", "rb") as file:
        return [os.fsdecode(line.split()[1].decode("unicode_escape").encode("latin-1")) for line in file]


def _is_writable(path: str) -> bool:
    """Whether the file user may make files in there; `os.access` asks for the real user."""
    probe = Path(path, uuid.uuid4().hex)
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        probe.unlink()
    except OSError:
        return False
    return True
