"""What stands under a name: a file, or something odd that must not be read as one, or be written over."""

from __future__ import annotations

import errno
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
_ODD = {
    errno.EEXIST,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.ENOTEMPTY,
}


def is_plain_file(path: Path) -> bool:
    """Whether it is a file itself; a link to one, which may lead anywhere, is none. Raises OSError."""
    return stat.S_ISREG(path.lstat().st_mode) if _is_there(path) else False


def kind_of(path: Path) -> str:
    """What it is, with its article. Raises OSError."""
    return _KINDS.get(stat.S_IFMT(path.lstat().st_mode), "no file") if _is_there(path) else "missing"


def is_of_one_place(error: OSError) -> bool:
    """Whether something odd stands where this one file belongs, such as a folder; others can be written."""
    return error.errno in _ODD


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
