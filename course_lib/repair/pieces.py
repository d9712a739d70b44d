"""The cells of a submission as loosely as they come: any version of the format, any metadata, no outputs."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course_lib.repair.damage import FORMAT, LINE_ENDS, UNREADABLE_CELL, Damaged, Repairs
from course_lib.repair.reference import ReferenceCell

NEWEST = 4
MOST_CELLS = 5_000
LONGEST_CODE = 200_000
"""Characters of code that are taken apart; an answer has some hundred."""
KINDS = ("code", "markdown", "raw")


@dataclass(eq=False)
class Piece:
    """One cell of a submission.

    Attributes:
        label: the grade_id that it says it has; '' for none.
        id: the notebook's or Colab's id of the cell; '' for none.
        cell: what it was recognized as.
        position: its place among the cells as handed in.
    """

    kind: str
    source: str
    label: str
    id: str
    position: int
    attachments: dict[str, Any] = field(default_factory=dict)
    cell: ReferenceCell | None = None


def pieces_of(notebook: Mapping[str, Any], repairs: Repairs | None = None) -> list[Piece]:
    """The cells of a notebook of any version.

    Raises:
        Damaged: there are none or too many, or the format is newer than what can be read.
    """
    noted = repairs or Repairs()
    version = notebook.get("nbformat", NEWEST)
    if not isinstance(version, int) or version > NEWEST:
        raise Damaged(f"the notebook is in format {version!s:.20}, which is newer than what can be read ({NEWEST})")
    cells = _cells(notebook)
    if not cells:
        raise Damaged("the file is not a notebook: it has no cells")
    if len(cells) > MOST_CELLS:
        raise Damaged(f"the notebook has more than {MOST_CELLS} cells")
    if _is_old(notebook, version):
        noted.note(FORMAT, f"{version}.{notebook.get('nbformat_minor', 0)}" if version >= NEWEST else str(version))
    found = [_piece(cell, position) for position, cell in enumerate(cells)]
    for position, piece in enumerate(found):
        if piece is None:
            noted.note(UNREADABLE_CELL, f"cell {position + 1}")
        elif "\r" in piece.source:
            noted.note(LINE_ENDS, "")
            piece.source = piece.source.replace("\r\n", "\n").replace("\r", "\n")
    return [piece for piece in found if piece is not None]


def python(source: str) -> ast.Module | None:
    """The syntax tree of a code cell without its magics; None where it is not Python."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")]
    try:
        with warnings.catch_warnings(action="ignore"):  # about odd escapes in the student's strings
            return ast.parse("\n".join(lines)) if len(source) <= LONGEST_CODE else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _cells(notebook: Mapping[str, Any]) -> list[Any]:
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):  # version 3 and before
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    return _list(cells)


def _is_old(notebook: Mapping[str, Any], version: int) -> bool:
    minor = notebook.get("nbformat_minor", 0)
    return version < NEWEST or (isinstance(minor, int) and minor < 5)  # the cells have ids since 4.5


def _piece(cell: Any, position: int) -> Piece | None:
    if not isinstance(cell, dict):
        return None
    kind, source = cell.get("cell_type"), _joined(cell.get("source", cell.get("input", "")))
    if kind == "heading":  # version 3
        kind, source = "markdown", f"{'#' * (cell['level'] if cell.get('level') in range(1, 7) else 1)} {source}"
    if kind not in KINDS or source is None:
        return None
    metadata = _dict(cell.get("metadata"))
    label = _dict(metadata.get("nbgrader")).get("grade_id", "")
    colab = metadata.get("id", "")  # Colab keeps ids among the metadata
    cell_id = cell.get("id") or colab
    return Piece(
        kind=kind,
        source=source,
        label=label if isinstance(label, str) else "",
        id=cell_id if isinstance(cell_id, str) else "",
        position=position,
        attachments=_attachments(cell.get("attachments")) if kind == "markdown" else {},
    )


def _joined(source: Any) -> str | None:
    if isinstance(source, list) and all(isinstance(part, str) for part in source):
        source = "".join(source)
    # Half a surrogate pair cannot be written to a file.
    return source.encode("utf-8", "replace").decode("utf-8") if isinstance(source, str) else None


def _attachments(value: Any) -> dict[str, Any]:
    """Pictures pasted into text, where they are what the format says."""
    return {
        name: bundle
        for name, bundle in _dict(value).items()
        if isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
