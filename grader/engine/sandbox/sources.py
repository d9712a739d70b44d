"""Which of the grader's files the student's process imports, found by following import statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def imported(root: Path, start: list[str]) -> set[str]:
    """Paths, relative to `root`, of the modules of the grader that these files and folders reach, with themselves."""
    waiting = [
        path for name in start for path in ((root / name).rglob("*.py") if (root / name).is_dir() else [root / name])
    ]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        waiting += [folder / "__init__.py" for folder in path.parents if root in folder.parents]
        for module in _modules(path):
            file = root.joinpath(*module.split("."))
            waiting += [file.with_suffix(".py"), file / "__init__.py"]
    return {str(path.relative_to(root)) for path in found}


def _modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # `from package import name`: the name may be a module too
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "grader")
