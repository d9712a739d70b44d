"""What stands under a name: a file, or something else that must not be read as one."""

from __future__ import annotations

import stat
from pathlib import Path

_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}


def is_plain_file(path: Path) -> bool:
    """Whether it is a file itself; a link to one, which may lead anywhere, is none. Raises OSError."""
    return stat.S_ISREG(path.lstat().st_mode) if _is_there(path) else False


def kind_of(path: Path) -> str:
    """What it is, with its article. Raises OSError."""
    return _KINDS.get(stat.S_IFMT(path.lstat().st_mode), "no file") if _is_there(path) else "missing"


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
