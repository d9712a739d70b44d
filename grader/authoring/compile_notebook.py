"""Compile a source into a notebook: full nbgrader metadata, derived cell ids, badge and set-up on top."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.authoring import blocks, rules_out, setup_cells, turns
from grader.authoring.folding import fold, folded, own_tags
from grader.authoring.project import Project
from grader.authoring.source import TESTS_ONLY, Cell, Source

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def lecture(source: Source, project: Project, path: Path) -> NotebookNode:
    """The notebook of a lecture or a project, plain cells; `path` is where it will lie."""
    module = path.stem
    source = turns.expanded(source)
    titles = folded(source)
    cells = [_plain(cell, titles.get(place)) for place, cell in enumerate(source.cells)]
    top = _top(project, module, project.relative(path))
    notebook = _notebook(source, project, module, [*top, *cells])
    _derive_ids(notebook, module)
    return notebook


def solution(source: Source, project: Project, module: str) -> NotebookNode:
    """The solution notebook, which is nbgrader's source: every cell says who may change it."""
    top = _top(project, module, project.relative(project.assignment(module)))
    for name, top_cell in zip(("course-badge", "course-setup"), top, strict=True):
        top_cell.metadata["nbgrader"] = _locked(name)
    sections: Counter[str] = Counter()
    section = "start"
    cells = []
    titles, told = folded(source), rules_out.tell(source)
    for place, cell in enumerate(source.cells):
        section = _heading_slug(cell) or section
        if cell.kind in ("text", "given", "shared", "tests_only"):
            sections[section] += 1
        made = _assigned(cell, titles.get(place), f"{section}-{sections[section]}")
        if cell.line in told:
            made["source"] += f"\n\n{told[cell.line]}"
        cells.append(made)
    notebook = _notebook(source, project, module, [*top, *cells, *_end(module)])
    # `course check` tells by this list when a test cell is missing.
    notebook.metadata.course["tests"] = {f"{c.name}_tests": c.options["points"] for c in source.of_kind("tests")}
    # Grading and `course check` go by these.
    notebook.metadata.course.pop(rules_out.KEY, None)
    if by_exercise := rules_out.by_exercise(source):
        notebook.metadata.course[rules_out.KEY] = by_exercise
    if helpers := rules_out.helpers(source):
        notebook.metadata.course[TESTS_ONLY] = helpers
    for cell in notebook.cells:
        cell["id"] = cell.metadata.nbgrader.grade_id[:64]
    return notebook


def dumps(notebook: NotebookNode) -> str:
    """The text of a built file: the same on every machine."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)) + "\n"


def _top(project: Project, module: str, path: str) -> list[NotebookNode]:
    metadata: dict[str, Any] = {}
    text = fold(metadata, setup_cells.setup(project, module), "Set-up: run this cell first")
    return [new_markdown_cell(setup_cells.badge(project, path)), new_code_cell(text, metadata=metadata)]


def _end(module: str) -> list[NotebookNode]:
    cells = [new_markdown_cell(setup_cells.SUMMARY_TEXT), new_code_cell(setup_cells.summary(module))]
    for name, cell in zip(("course-hand-in", "course-summary"), cells, strict=True):
        cell.metadata["nbgrader"] = _locked(name)
    return cells


def _plain(cell: Cell, title: str | None) -> NotebookNode:
    """The cell as it stands in a notebook; one with a title is folded."""
    make: Callable[..., NotebookNode] = new_code_cell if cell.is_code else new_markdown_cell
    tags = own_tags(cell)
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    text = cell.source if cell.is_code else blocks.expanded(cell.source)
    if title is not None:
        text = fold(metadata, text, title)
    return make(text, metadata=metadata)


def _assigned(cell: Cell, title: str | None, locked_id: str) -> NotebookNode:
    notebook_cell = _plain(cell, title)
    points = cell.options.get("points")
    if cell.kind == "answer":
        part = _nbgrader(cell.name, solution=True)
    elif cell.kind == "tests":
        part = _nbgrader(f"{cell.name}_tests", grade=True, locked=True, points=points)
    elif cell.kind == "written":
        part = _nbgrader(cell.name, grade=True, solution=True, points=points)
    else:
        part = _locked(locked_id)
    notebook_cell.metadata["nbgrader"] = part
    return notebook_cell


def _nbgrader(grade_id: str, *, points: float | None = None, **flags: bool) -> dict[str, Any]:
    part: dict[str, Any] = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    part |= {"grade_id": grade_id, "schema_version": 3}
    return part if points is None else part | {"points": points}


def _locked(grade_id: str) -> dict[str, Any]:
    return _nbgrader(grade_id, locked=True)


def _notebook(source: Source, project: Project, module: str, cells: list[NotebookNode]) -> NotebookNode:
    course = {**source.course, "module": module, "version": project.version}
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "course": course}
    notebook: NotebookNode = new_notebook(metadata=metadata, cells=cells)
    return notebook


def _derive_ids(notebook: NotebookNode, module: str) -> None:
    """Ids that depend on the cell's own text only, so that an edit elsewhere leaves them alone."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        text = f"{module}\n{cell.cell_type}\n{cell.source}"
        seen[text] += 1
        cell["id"] = hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()[:12]


def _heading_slug(cell: Cell) -> str:
    """Slug of the first heading in a text cell, without its number and its points ('' if there is none)."""
    match = re.search(r"^#{1,3} +(.+)$", cell.source, re.MULTILINE) if cell.kind == "text" else None
    if not match:
        return ""
    title = re.sub(r"^Exercise \d+:|\(.*?\)", "", match[1])
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
