"""Names of notebooks as students hand them in: copies, resubmissions, and endings that browsers put on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_ATTEMPT = re.compile(
    r"(?:attempt|versuch|tentative|intento|tentativo|poging|tentativa|forsok|försök|próba|proba|podejście)[\s_#-]*(\d{1,3})",
    re.IGNORECASE,
)


def may_be_notebook(file: str) -> bool:
    """Whether a file of this name may be a notebook: also `.ipynb.txt` and `.json`, which browsers make of them."""
    return bool(re.search(r"\.(?:ipynb|json)$|\.ipynb(?:-\d{1,3}|\s?\(\d{1,3}\))?\.txt$", file, re.IGNORECASE))


def says_notebook(file: str) -> bool:
    """Whether the name alone says that it is a notebook."""
    return file.lower().endswith(".ipynb")


def holds_notebook(content: bytes) -> bool:
    """Whether this is the text of a notebook."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(notebook, dict) and "nbformat" in notebook


def attempt(file: str) -> int:
    """The number of a resubmission: Canvas adds -1, -2, ...; browsers add (1), (2), ...; 0 for the first."""
    match = re.search(r"(?:-|\s?\()(\d{1,3})\)?$", _stem(file))
    return int(match[1]) if match else 0


def attempt_of_folders(folders: Iterable[str]) -> tuple[int, ...]:
    """The number of the attempt that a folder is called by; () where none is."""
    return tuple(int(match[1]) for folder in folders if (match := _ATTEMPT.fullmatch(folder.strip())))


def is_called(file: str, assignment: str) -> bool:
    """Whether a file is the assignment's notebook, be it a copy or a resubmission of it."""
    stem = re.sub(r"(?:-\d{1,3}|\s*\(\d{1,3}\)|[-_ ]?\(?copy\)?\d*)+$", "", _stem(file), flags=re.IGNORECASE)
    stem = re.sub(r"^copy[ _]of[ _]", "", stem, flags=re.IGNORECASE)
    return _letters(stem) == _letters(assignment)


def _stem(file: str) -> str:
    """The name without its endings, with the number of the copy, wherever that stands."""
    name = PurePosixPath(file).name
    stem = PurePosixPath(name).stem
    match = re.fullmatch(r"(.+)\.ipynb(-\d{1,3}|\s?\(\d{1,3}\))?", stem, re.IGNORECASE)
    return f"{match[1]}{match[2] or ''}" if match else stem


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
