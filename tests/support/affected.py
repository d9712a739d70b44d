"""`make check`: runs the tests of what changed since the last commit and, on a branch, since it left main.

A test file is chosen if it changed, or if it uses what changed: itself, through a helper of the tests, or through one
module between. Further away a change of a module that many use would choose everything, and `make test` is for that.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

from grader import import_graph
from grader.authoring import code

ROOT = Path(__file__).resolve().parents[2]
OF_EVERY_MODULE = "tests/project/test_docstrings.py"
_NOTEBOOK = re.compile(r"(?:lectures|solutions|projects)/(\w+)(?:\.answers)?\.md")
_OF_THE_BUILD = re.compile(r"\.(?:md|ipynb)$|^docs/")
_FEW = 8
"""So many test files run in one process: more processes would import torch more often than they save."""


def changed(root: Path) -> list[str]:
    """Files that changed on this branch, committed or not, and those that git does not know yet; not what is gone."""
    left_main = _git(root, "merge-base", "HEAD", "main", check=False) or ["HEAD"]  # CI's clone may have no main
    names = _git(root, "diff", "--name-only", *left_main) + _git(root, "ls-files", "--others", "--exclude-standard")
    return sorted(name for name in names if (root / name).is_file())


def _git(root: Path, *arguments: str, check: bool = True) -> list[str]:
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=check
    ).stdout.splitlines()


def notebooks(names: list[str]) -> list[str]:
    """The notebooks that are made of these files."""
    return sorted({found[1] for name in names if (found := _NOTEBOOK.fullmatch(name))})


def users_in_tests(root: Path, names: list[str]) -> list[str]:
    """The test files that use these files of Python, and those among them."""
    texts = {
        path: path.read_text("utf-8")
        for part in ("course_lib", "grader", "tests")
        for path in (root / part).rglob("*.py")
        if path.name != "__init__.py"  # it passes on everything that its package has
    }
    found: set[Path] = set()
    waiting = [(root / name, 1) for name in names if name.endswith(".py")]
    while waiting:
        path, between = waiting.pop()
        users = [path, *_users(root, path, texts)]
        tests = {user for user in users if root / "tests" in user.parents}
        waiting += [(helper, between) for helper in tests - found - {path}]
        waiting += [(user, between - 1) for user in users if user not in tests and between > 0 and user != path]
        found |= tests
    chosen = {str(path.relative_to(root)) for path in found if path.name.startswith("test_")}
    return sorted(chosen | {OF_EVERY_MODULE for name in names if name.startswith("course_lib/")})


def _users(root: Path, path: Path, texts: dict[Path, str]) -> list[Path]:
    """Who imports this module, or something of it from its package, or calls that: `vis.strips`."""
    if path.name == "conftest.py":  # that of all tests chooses none: it would choose all
        return [user for user in texts if user.parent == path.parent != root / "tests"]
    module, package, names = _exported(root, path)
    named = re.compile(rf"\b(?:{'|'.join(names)})\b")
    called = re.compile(rf"\b{package.split('.')[-1]}\.{named.pattern}") if package else None
    imported = {module, *(f"{package}.{name}" for name in names)}

    def uses(text: str) -> bool:
        if not named.search(text):
            return False
        return bool(called and called.search(text)) or not imported.isdisjoint(_imports(text))

    return [user for user, text in texts.items() if user.name != "conftest.py" and uses(text)]


@functools.cache
def _imports(text: str) -> frozenset[str]:
    return frozenset(import_graph.modules(ast.parse(text)))


def _exported(root: Path, path: Path) -> tuple[str, str, list[str]]:
    """The name of a module, that of its package, and the names that it may be used by."""
    parts = path.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    if parts[0] == "tests":  # these folders are no packages, but for the helpers of all
        return ".".join(parts[-2:] if parts[-2] == "support" else parts[-1:]), "", [parts[-1]]
    defined = code.top_level_names(ast.parse(path.read_text("utf-8")))
    return ".".join(parts), ".".join(parts[:-1]), [parts[-1], *(name for name in defined if name[0] != "_")]


def main() -> None:
    """Run them."""
    names = changed(ROOT)
    files, books = users_in_tests(ROOT, names), notebooks(names)
    untold = [name for name in names if not (users_in_tests(ROOT, [name]) or _OF_THE_BUILD.search(name))]
    print(f"Changed: {len(names)} files. Test files chosen: {len(files)}. Notebooks: {', '.join(books) or 'none'}.")
    if untold:
        print(f"No test is chosen for {', '.join(untold)}: that is for make test.")
    shared = ["-n", "auto", "--dist", "worksteal"] if len(files) > _FEW else []
    runs = [[*shared, *files]] if files else []
    runs += [["tests/built", "-k", " or ".join(books)]] if books else []
    codes = [subprocess.run(["pytest", "-q", *run], cwd=ROOT, check=False).returncode for run in runs]
    sys.exit(max(codes, default=0))


if __name__ == "__main__":
    main()
