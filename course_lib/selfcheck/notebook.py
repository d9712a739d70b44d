"""Read a student's notebook, also one that came back from Colab or e-mail with its metadata damaged."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.released import names, released
from course_lib.repair import reading
from course_lib.repair.damage import Damaged, Repairs, sentences
from course_lib.repair.pieces import Piece, pieces_of
from course_lib.repair.reference import reference_of
from course_lib.repair.repair import repaired
from course_lib.selfcheck import cell_roles

_DOWNLOAD = "Download it again (JupyterLab: File > Download; Colab: File > Download > Download .ipynb)."
_SET_UP = re.compile(r"^colab\.ready\(['\"](\w+)['\"]", re.MULTILINE)  # the set-up cell names the assignment
_OTHER_EDITION = (
    "The tests in this notebook are whole, but the course library has others: the notebook and the library are of "
    "different versions of the course. The notebook's own tests were run, and nothing in it was repaired; grading "
    "runs the tests that were handed out last. Update the library, or download the notebook again and copy your "
    "answers into it."
)
_ON_COLAB = (
    " On Colab the notebook lies on no disk. Run the last cell of the assignment instead: it says where you stand. "
    "Or download the notebook and check it on your own computer."
)


@dataclass(frozen=True)
class Read:
    """A notebook that can be run, as grading would run it as far as the library knows the assignment.

    Attributes:
        repairs: what had to be mended, in sentences.
        places: where a code cell of the file stood, from 1, by its source.
        other_edition: a sentence if this is an assignment of the library's in another version; "" otherwise.
    """

    book: NotebookNode
    repairs: tuple[str, ...]
    places: dict[str, int]
    other_edition: str = ""


def read(path: Path) -> Read:
    """Read a notebook as format 4.5 and repair it as grading does; raises CourseError when it is none."""
    noted = Repairs()
    try:
        raw = reading.read(_bytes(path), noted)
        pieces = pieces_of(raw)
        release = _release_of(raw, pieces)
        other_edition = release is not None and _is_another_edition(raw, release)
        if release is not None and not other_edition:
            done = repaired(raw, reference_of(release), noted)
            book, told = done.notebook, sentences(done.repairs)
        else:
            book, told = _as_it_is(raw, path), sentences(noted.list({}))
    except Damaged as damage:
        raise CourseError(f"{path} cannot be checked: {damage}. {_DOWNLOAD}") from None
    places = {piece.source: piece.position + 1 for piece in reversed(pieces) if piece.kind == "code"}
    return Read(book, told, places, _OTHER_EDITION if other_edition else "")


def _release_of(raw: dict[str, Any], pieces: list[Piece]) -> NotebookNode | None:
    """The assignment that this is, as it was handed out; None for one that the library does not know.

    It is known by its metadata, or, where a program dropped them, by its cells.
    """
    named = released(str(_dict(_dict(raw.get("metadata")).get("course")).get("module", "")))
    if named is not None:
        return named
    if any(piece.label for piece in pieces):
        return None
    here = {piece.source for piece in pieces if piece.kind == "code"}
    for said in map(_SET_UP.search, here):
        if said is not None and (release := released(said[1])) is not None:
            return release
    found = {name: len(here & set(_tests(released(name)).values())) for name in names()}
    best = max(found, key=lambda name: found[name], default="")
    return released(best) if found.get(best) else None


def _is_another_edition(raw: dict[str, Any], release: NotebookNode) -> bool:
    """Whether test cells are whole by their own checksums, and other ones: then the notebook knows better."""
    tests = _tests(release)
    for position, cell in enumerate(raw.get("cells") or ()):
        if isinstance(cell, dict):
            own: NotebookNode = nbformat.from_dict(_mended_cell(cell, position))
            if (
                cell_roles.is_test(own)
                and cell_roles.is_untouched(own)
                and own.source != tests.get(cell_roles.grade_id(own))
            ):
                return True
    return False


def _tests(release: NotebookNode | None) -> dict[str, str]:
    """The sources of the test cells, by name."""
    return {} if release is None else {cell_roles.grade_id(c): c.source for c in release.cells if cell_roles.is_test(c)}


def _as_it_is(raw: dict[str, Any], path: Path) -> NotebookNode:
    """A notebook of which nothing is known but what it says itself, whole enough to run."""
    if not isinstance(raw.get("cells"), list):
        raise CourseError(f"{path} is a notebook of before 2015. Open it in JupyterLab and save it again.")
    mended = [_mended_cell(cell, position) for position, cell in enumerate(raw["cells"]) if isinstance(cell, dict)]
    metadata = _mended_metadata(raw.get("metadata"))
    book: NotebookNode = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": mended})
    return book


def _bytes(path: Path) -> bytes:
    """Load the file, or say in one line why it cannot be."""
    if path.is_dir():
        inside = sorted(file.name for file in path.glob("*.ipynb"))
        hint = f"Name the notebook in it, e.g. {path / inside[0]}." if inside else "There is no notebook in it either."
        raise CourseError(f"{path} is a folder. {hint}")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"there is no file {path}.{_ON_COLAB if 'COLAB_RELEASE_TAG' in os.environ else ''}") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error


def _mended_metadata(raw: Any) -> dict[str, Any]:
    """Keep what is read of a notebook's metadata where it is whole: kernel, released tests, what is ruled out."""
    spec, course = _dict(_dict(raw).get("kernelspec")), _dict(_dict(raw).get("course"))
    tests, modules = _dict(course.get("tests")), course.get("out_of_bounds")
    files = course.get("hand_in")
    return {
        "kernelspec": spec if isinstance(spec.get("name"), str) else {},
        "course": {
            "tests": {name: float(worth) for name, worth in tests.items() if isinstance(worth, int | float)},
            "out_of_bounds": [str(module) for module in modules] if isinstance(modules, list) else [],
            **{rule: course[rule] for rule in ("rules_out", "tests_only") if rule in course},
            "hand_in": [str(name) for name in files] if isinstance(files, list) else [],
        },
    }


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _mended_cell(raw: dict[str, Any], position: int) -> dict[str, Any]:
    """Keep what matters of a cell (kind, source, metadata) in the form that format 4.5 asks for."""
    source = raw.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    kind = raw.get("cell_type")
    metadata = _dict(raw.get("metadata"))
    if not isinstance(metadata.get("tags", []), list):
        del metadata["tags"]
    cell: dict[str, Any] = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "id": f"cell-{position}",  # only this copy sees it, so a missing or doubled id does no harm
        "metadata": metadata,
        "source": text.encode("utf-8", "replace").decode("utf-8"),  # halves of characters cannot be sent to a kernel
    }
    if cell["cell_type"] == "code":
        # Old outputs are dropped: the verdict comes from this run alone.
        cell |= {"outputs": [], "execution_count": None}
    return cell
