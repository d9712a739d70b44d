"""Whose fault it is that a file cannot be written: one submission's, or that of the disk, which concerns them all."""

from __future__ import annotations

import errno

_OF_ITS_PLACE = {
    errno.EEXIST,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.ENOTEMPTY,
}


def is_of_one_place(error: OSError) -> bool:
    """Whether something odd stands where this one file belongs, such as a folder; others can be written."""
    return error.errno in _OF_ITS_PLACE
