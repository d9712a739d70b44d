"""Which code cells are folded, so that the idea stands open: tests, set-up, and cells that only draw or check."""

from __future__ import annotations

import ast

from course_lib.check.calls import FOLDED
from grader.authoring import code
from grader.authoring.source import TESTS_ONLY, Cell, Source

FOLD, OPEN = "fold", "open"
"""Tags of the source that overrule the build; they do not come into the notebook."""

HIDE_INPUT = "hide-input"


def folded(source: Source) -> dict[int, str]:
    """The title of each folded cell, by its place in the source."""
    trees = [_tree(cell) for cell in source.cells]
    found = {}
    for place, (cell, tree) in enumerate(zip(source.cells, trees, strict=True)):
        if tree is not None and _is_folded(cell, tree, trees[place + 1 :]):
            found[place] = str(cell.options.get("title") or _title(cell, tree))
    return found


def fold(metadata: dict[str, object], text: str, title: str) -> str:
    """Mark the metadata of a cell as folded; returns its text below the title.

    JupyterLab reads `jupyter.source_hidden` and shows the first line of what it hides, the site reads the tag, and
    Colab folds a form, whose title is a comment in the first line. VS Code reads none of them from a file.
    """
    tags = metadata.get("tags", [])
    assert isinstance(tags, list)
    metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form", "tags": [*tags, HIDE_INPUT]}
    return text if text.startswith("%%") else f"{FOLDED}{title}\n{text}"  # a cell's magic stays in its first line


def own_tags(cell: Cell) -> list[str]:
    """The tags of a cell but for those that speak to the build alone."""
    return [tag for tag in cell.options.get("tags", []) if tag not in (FOLD, OPEN)]


def calls(tree: ast.AST, owner: str) -> bool:
    """Whether code calls something of `vis` or `claims`, or has a function marked by it, as with `@vis.attempt`."""
    return any(code.method_calls(tree, owner)) or any(
        ast.unparse(mark).startswith(f"{owner}.")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
    )


def _tree(cell: Cell) -> ast.Module | None:
    try:
        return code.parse(cell.source) if cell.is_code else None
    except SyntaxError:
        return None  # the rule of the layout reports it


def _is_folded(cell: Cell, tree: ast.Module, later: list[ast.Module | None]) -> bool:
    tags = cell.options.get("tags", [])
    if FOLD in tags or OPEN in tags:
        return FOLD in tags
    if cell.kind in ("tests", TESTS_ONLY):
        return True
    works = calls(tree, "vis") or calls(tree, "claims")
    return cell.kind == "given" and not cell.is_for_tests and works and not _leaves(tree, later)


def _leaves(tree: ast.Module, later: list[ast.Module | None]) -> bool:
    """Whether the cell defines something of its own, or a name that a later cell takes up."""
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list for node in tree.body):
        return True
    taken = {name for other in later if other is not None for name in code.free_names(other)}
    return bool(code.top_level_names(tree) & taken)


def _title(cell: Cell, tree: ast.Module) -> str:
    if cell.kind == "tests":
        return f"Test of {cell.name}"
    if cell.kind == TESTS_ONLY:
        return "What the tests compare with"
    said = next((ast.get_docstring(node) for node in tree.body if isinstance(node, ast.FunctionDef)), None)
    if said:
        return said.split("\n")[0].rstrip(".")
    done = [word for word, owner in (("Picture", "vis"), ("Check", "claims")) if calls(tree, owner)]
    return " and ".join(done).capitalize() or "Code"
