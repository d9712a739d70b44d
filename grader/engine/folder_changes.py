"""What has changed in a working folder since it was looked at: by size, time and number of each plain file.

Both interpreters use it, each for its own copy of the folder.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MOST_ENTRIES = 2000
"""Files and folders that are looked at; what comes behind them stays where it is."""
MOST_BYTES = 64 << 20
"""Of all files that are sent at a time."""
_MOST_DEPTH = 12
_MOST_NAME = 200
_OF_TOOLS = frozenset(("__pycache__", ".ipynb_checkpoints"))
_RACY_NS = 50_000_000  # a folder that changes twice within a tick of the kernel's clock shows one time

Signature = tuple[int, int, int]
FOLDER: Signature = (-1, -1, -1)

CHANGES = frozenset(
    (
        *("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.system"),
        *("os.posix_spawn", "os.fork", "os.forkpty", "subprocess.Popen", "sqlite3.connect"),
    )
)
_HEARD = CHANGES | {"open"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def may_change_files(event: str, args: tuple[Any, ...]) -> bool:
    """Can this audit event of Python be that of something that changes files?"""
    if event == "open":
        return bool(args[2] & _WRITES) if isinstance(args[2], int) else True
    return event in CHANGES


class FolderChanges:
    """Looks at one folder: at its own time alone, until something has changed there for the first time.

    Args:
        root: the folder.

    Attributes:
        known: what was there when it was looked at last, by relative path.
        cut_off: there was more than is looked at.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.cut_off = False
        self.known = self.scan()
        self._time = _time_of(root)
        self._touched = False
        self._racy = True  # what changes it in the same tick of the clock leaves no trace in its time

    def touch(self) -> None:
        """A file may have changed."""
        self._touched = True

    def may_have_changed(self) -> bool:
        """Is a look at all files worth its time?"""
        if not self._touched and _time_of(self.root) != self._time:
            self._touched = True
        if self._touched or not self._racy:
            return self._touched
        self._racy = time.time_ns() - self._time < _RACY_NS
        return True

    def have_changed(self) -> bool:
        """Has anything changed since `known`?"""
        if not self.may_have_changed():
            return False
        was_cut_off, now = self.cut_off, self.scan()
        if self.cut_off or was_cut_off:
            return any(self.known.get(path) != signature for path, signature in now.items())
        return now != self.known

    def look(self) -> list[str]:
        """The paths that have changed since the last look, which this one replaces."""
        before, was_cut_off = self.known, self.cut_off
        now = self.scan()
        if self.cut_off or was_cut_off:  # what is not seen need not be gone
            now = {**before, **now}
        self.known = now
        return [path for path in {**before, **now} if before.get(path) != now.get(path)]

    def wrote(self, paths: Iterable[str]) -> None:
        """These are as they ought to be: they count as known."""
        for path in paths:
            found = _signature(os.path.join(self.root, path))
            if found is None:
                self.known.pop(path, None)
            else:
                self.known[path] = found
                for parent in parents_of(path):
                    self.known[parent] = FOLDER
        self._time, self._racy = _time_of(self.root), True

    def scan(self) -> dict[str, Signature]:
        """All plain files and folders, by relative path; links, devices and names that cannot be printed left out."""
        found: dict[str, Signature] = {}
        self.cut_off = False
        waiting = [("", 0)]
        while waiting:
            inside, depth = waiting.pop()
            try:
                with os.scandir(os.path.join(self.root, inside)) as entries:
                    for entry in entries:
                        if entry.name in _OF_TOOLS or not is_usable(entry.name):
                            continue
                        if len(found) >= MOST_ENTRIES:
                            self.cut_off = True
                            return found
                        path = f"{inside}/{entry.name}" if inside else entry.name
                        if entry.is_dir(follow_symlinks=False):
                            found[path] = FOLDER
                            if depth < _MOST_DEPTH:
                                waiting.append((path, depth + 1))
                        elif entry.is_file(follow_symlinks=False):
                            info = entry.stat(follow_symlinks=False)
                            found[path] = info.st_mtime_ns, info.st_size, info.st_ino
            except OSError:  # it was taken away meanwhile, or cannot be read
                continue
        return found


def is_usable(name: str) -> bool:
    """Is this one part of a path that can be taken over on the other side?"""
    return name not in ("", ".", "..") and "/" not in name and name.isprintable() and len(name.encode()) <= _MOST_NAME


def is_inside(path: object) -> bool:
    """Is this a relative path that stays inside?"""
    if type(path) is not str:
        return False
    parts = path.split("/")
    return len(parts) <= _MOST_DEPTH + 2 and all(is_usable(part) and part not in _OF_TOOLS for part in parts)


def read(root: str, path: str, most: int) -> bytes | None:
    """The content of a plain file; None where it is none any more, or longer than `most`."""
    try:
        fd = os.open(os.path.join(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode) or info.st_size > most:
        os.close(fd)
        return None
    with open(fd, "rb") as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None


def bundle(root: str, paths: Iterable[str], known: Mapping[str, Signature]) -> list[Any]:
    """Contents, folders, removed paths, and paths that are too large to be sent, as data."""
    import numpy as np  # arrays travel beside the message, whatever their size

    files: list[list[Any]] = []
    folders, removed, left_out = [], [], []
    left = MOST_BYTES
    for path in sorted(paths):
        if path not in known:
            removed.append(path)
        elif known[path] == FOLDER:
            folders.append(path)
        elif (content := read(root, path, left)) is None:
            left_out.append(path)
        else:
            left -= len(content)
            files.append([path, np.frombuffer(content, np.uint8)])
    return [files, folders, removed, left_out]


def write(root: str, files: Iterable[tuple[str, Any]], folders: Iterable[str], removed: Iterable[str]) -> None:
    """Make the folder so; what stands in the way is removed."""
    for path in sorted(removed, reverse=True):
        _remove(os.path.join(root, path))
    for path in sorted(folders):
        _make_folder(root, path)
    for path, content in files:
        target = os.path.join(root, path)
        _make_folder(root, os.path.dirname(path))
        if os.path.islink(target) or os.path.isdir(target):
            _remove(target)
        with open(target, "wb") as file:
            file.write(content)


def on_change(told: Callable[[], None]) -> None:
    """Call `told` whenever this process may have changed a file. It cannot be taken back."""
    sys.addaudithook(lambda event, args: told() if event in _HEARD and may_change_files(event, args) else None)


def _make_folder(root: str, path: str) -> None:
    for part in [*parents_of(path), path]:
        place = os.path.join(root, part)
        if not os.path.isdir(place) or os.path.islink(place):
            _remove(place)
            os.mkdir(place)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.remove(path)


def parents_of(path: str) -> list[str]:
    """The folders above a relative path, outer ones first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _signature(path: str) -> Signature | None:
    try:
        info = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISDIR(info.st_mode):
        return FOLDER
    return (info.st_mtime_ns, info.st_size, info.st_ino) if stat.S_ISREG(info.st_mode) else None


def _time_of(root: str) -> int:
    try:
        return os.stat(root).st_mtime_ns
    except OSError:
        return 0
