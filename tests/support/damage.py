"""Every kind of damage that submissions have come back with: a function for each, on any assignment's notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

Damage = Callable[[NotebookNode], NotebookNode]


def place(notebook: NotebookNode, name: str) -> int:
    """Where the cell with this grade_id stands."""
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    return names.index(name)


def get(notebook: NotebookNode, name: str) -> NotebookNode:
    return notebook.cells[place(notebook, name)]


def as_bytes(notebook: NotebookNode) -> bytes:
    """As Jupyter would save it, without checking it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def untouched(notebook: NotebookNode) -> NotebookNode:
    return notebook


def deleted(*names: str) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        for name in names:
            del notebook.cells[place(notebook, name)]
        return notebook

    return damage


def pasted_twice(name: str, to: int | None = None) -> Damage:
    """A copy of a cell, label and all, right behind it or anywhere."""

    def damage(notebook: NotebookNode) -> NotebookNode:
        twin = deepcopy(get(notebook, name))
        twin["id"] = f"copy-of-{name}"[:64]
        notebook.cells.insert(place(notebook, name) + 1 if to is None else to, twin)
        return notebook

    return damage


def moved(name: str, to: int) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        cell = notebook.cells.pop(place(notebook, name))
        notebook.cells.insert(to if to >= 0 else len(notebook.cells), cell)
        return notebook

    return damage


def retyped(name: str, kind: str) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        cell = get(notebook, name)
        cell["cell_type"] = kind
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
        return notebook

    return damage


def edited(name: str, source: str) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        get(notebook, name)["source"] = source
        return notebook

    return damage


def without_metadata(*names: str) -> Damage:
    """Cells (all of them by default) without a trace of nbgrader, ids included."""

    def damage(notebook: NotebookNode) -> NotebookNode:
        for number, cell in enumerate(notebook.cells):
            if not names or cell.metadata.get("nbgrader", {}).get("grade_id") in names:
                cell["metadata"] = {}
                cell["id"] = f"random-{number}"
        notebook["metadata"] = {}
        return notebook

    return damage


def renamed(old: str, new: str) -> Damage:
    """Another grade_id, and an id of the editor's own."""

    def damage(notebook: NotebookNode) -> NotebookNode:
        cell = get(notebook, old)
        cell.metadata.nbgrader["grade_id"] = new
        cell["id"] = "f00d"
        return notebook

    return damage


def swapped_labels(one: str, other: str) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        a, b = get(notebook, one), get(notebook, other)
        a["metadata"], b["metadata"] = b["metadata"], a["metadata"]
        a["id"], b["id"] = b["id"], a["id"]
        return notebook

    return damage


def split(name: str, line: int, *, label: bool = True) -> Damage:
    """An answer cut in two at a line; JupyterLab leaves the label on both halves, others on the first."""

    def damage(notebook: NotebookNode) -> NotebookNode:
        first = get(notebook, name)
        second = deepcopy(first)
        lines = first.source.split("\n")
        first["source"], second["source"] = "\n".join(lines[:line]), "\n".join(lines[line:])
        second["id"] = "second-half"
        if not label:
            second["metadata"] = {}
        notebook.cells.insert(place(notebook, name) + 1, second)
        return notebook

    return damage


def own_cells(notebook: NotebookNode) -> NotebookNode:
    """Cells of the student's own between all others."""
    cells = []
    for number, cell in enumerate(notebook.cells):
        cells += [cell, new_code_cell(f"mine_{number} = {number}"), new_markdown_cell("A thought.")]
    notebook["cells"] = cells
    return notebook


def without_ids(notebook: NotebookNode) -> NotebookNode:
    """As saved by an editor that knows format 4.0 only."""
    for cell in notebook.cells:
        del cell["id"]
    notebook["nbformat_minor"] = 0
    return notebook


def colab(notebook: NotebookNode) -> NotebookNode:
    """Back from Google Colab: format 4.0, ids among the metadata, labels lost, metadata of its own."""
    for cell in notebook.cells:
        cell["metadata"] = {"id": cell.pop("id"), "executionInfo": {"status": "ok", "user": {"displayName": "A"}}}
        if cell.cell_type == "code":
            cell.metadata["colab"] = {"base_uri": "https://localhost:8080/"}
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return notebook


def version_3(notebook: NotebookNode) -> NotebookNode:
    cells = []
    for cell in notebook.cells:
        old = {"cell_type": cell.cell_type, "metadata": cell.metadata, "source": cell.source}
        if cell.cell_type == "code":
            old = {"cell_type": "code", "metadata": cell.metadata, "input": cell.source, "language": "python"}
            old |= {"outputs": [], "collapsed": False, "prompt_number": 1}
        cells.append(old)
    return NotebookNode(nbformat=3, nbformat_minor=0, metadata={"name": ""}, worksheets=[{"cells": cells}])


def flooded(megabytes: int) -> Damage:
    def damage(notebook: NotebookNode) -> NotebookNode:
        cell = next(c for c in notebook.cells if c.cell_type == "code")
        cell["outputs"] = [new_output("stream", text="spam and eggs\n" * (megabytes * 2**20 // 14))]
        return notebook

    return damage


def byte_order_mark(data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data


def utf_16(data: bytes) -> bytes:
    return data.decode().encode("utf-16")


def windows_line_ends(data: bytes) -> bytes:
    return data.replace(b"\\n", b"\\r\\n").replace(b"\n", b"\r\n")


def in_conflict(data: bytes, line: bytes, theirs: bytes) -> bytes:
    """Version control's marks around the line that begins so; `theirs` is the other side."""
    lines = data.split(b"\n")
    at = next(number for number, text in enumerate(lines) if text.strip().startswith(line))
    return b"\n".join(
        [*lines[:at], b"<<<<<<< HEAD", lines[at], b"=======", theirs, b">>>>>>> 1a2b3c", *lines[at + 1 :]]
    )
