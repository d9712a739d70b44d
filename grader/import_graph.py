"""Which files of a package some source code needs, found by following import statements."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path


def files(root: Path, start: Iterable[str], package: str) -> set[str]:
    """Paths, relative to `root`, of the modules of `package` that these files and folders reach, with themselves."""
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
        for module in _modules(path.read_bytes()):
            if module.split(".")[0] == package:
                waiting += candidates(root, module)
    return {str(path.relative_to(root)) for path in found}


@functools.lru_cache(maxsize=1_000)  # who asks for several notebooks comes by the same files
def _modules(source: bytes) -> tuple[str, ...]:
    return tuple(modules(ast.parse(source)))


def modules(tree: ast.AST) -> Iterator[str]:
    """The modules that import statements name, wherever they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # `from package import name`: the name may be a module too
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def candidates(root: Path, module: str) -> list[Path]:
    """The two files that may hold a module."""
    file = root.joinpath(*module.split("."))
    return [file.with_suffix(".py"), file / "__init__.py"]
