"""The assignments of this course as they were handed out; `course build` puts a copy of each into the library."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).parent / "releases"


def names() -> list[str]:
    """The assignments that this library knows, in the order of the course."""
    return sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def released(name: str) -> NotebookNode | None:
    """The notebook of an assignment as students get it; None for one that this library does not know."""
    if name not in names():
        return None
    notebook: NotebookNode = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    return notebook
