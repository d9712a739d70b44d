"""Random numbers of hidden cases: drawn from a secret of the course, which no public file holds."""

from __future__ import annotations

import hashlib

import numpy as np

from course_lib.check.findings import AuthorError

_PUBLIC = b"no secret: this is not a graded run"
_secret = _PUBLIC


def rng(name: str) -> np.random.Generator:
    """A generator for the hidden cases of a test cell: `rng = check.rng("shifted_copies")`.

    It depends on `name` and on the secret of the course, so the repository alone tells nobody what it draws.
    Grading again draws the same; without a secret, as in an author's own run, they are fixed ones.

    Raises AuthorError when `name` is no text.
    """
    if not isinstance(name, str) or not name.strip():
        raise AuthorError('check.rng needs a name, such as that of the exercise: check.rng("shifted_copies")')
    digest = hashlib.sha256(b"%d:%s:%s" % (len(_secret), _secret, name.encode())).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def use_secret(secret: bytes | None) -> None:
    """From here on, draw from this secret; None for the fixed numbers of a run without one."""
    global _secret
    _secret = _PUBLIC if secret is None else secret
