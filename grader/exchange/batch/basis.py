"""What a grade is based on besides the submission: when that changes, the submission is to be graded again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from course_lib.repair.reference import Reference

_MORE = "+"
"""Stands after the digest of a cell and before those of what the grades of all cells are based on."""


def basis_of(reference: Reference, given: Mapping[str, bytes], extra_time: float = 1.0) -> dict[str, str]:
    """Digests as `Reference.digests` has them, of the author's files and of the student's extra time, too.

    Without either they are those of the cells: what was graded before they counted stays graded.

    Args:
        given: the author's files beside the source notebook, by relative path.
        extra_time: the factor of the time limits.
    """
    total = hashlib.sha256()
    for name, content in sorted(given.items()):
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    more = [total.hexdigest()[:32]] if given else []
    more += [f"{extra_time:g}"] if extra_time != 1 else []
    return {name: _MORE.join([digest, *more]) for name, digest in reference.digests.items()}
