"""What the preloaded parent, and so every submission, can read: a list of what is let in, never of what is kept out."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from grader import import_graph
from grader.engine.sandbox import mounts
from grader.engine.student.imports import SLOW

PACKAGE_ROOT = Path(__file__).resolve().parents[3]
COURSE = "/opt/course"
STUB = PACKAGE_ROOT / "grader" / "engine" / "sandbox" / "stub"

# The part of the grader that runs in the student's process. What these import of it comes along, and nothing else.
_STUDENT_SOURCES = ["grader/engine/student", "grader/engine/sandbox/zygote.py"]

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/timezone",
    "/etc/fonts", "/etc/mime.types", "/etc/matplotlibrc", "/var/cache/fontconfig",
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """One entry: `source` of this machine appears read-only as `target`; without a source it is an empty directory."""

    target: str
    source: str | None


@dataclass(frozen=True)
class StudentProgram:
    """What runs in the student's process: two functions as "module:name", and modules beyond the engine's own.

    `modules` maps a path below the import root of the sandbox ("attacks.py") to a file or directory of this machine.
    `out_of_bounds` are packages of the course's library that can be neither imported nor read.
    `groups` say what `preload` imports beforehand.
    """

    main: str = "grader.engine.student:student_main"
    preload: str | None = "grader.engine.student.imports:preload"
    modules: dict[str, Path] = field(default_factory=dict)
    out_of_bounds: tuple[str, ...] = ()
    groups: tuple[str, ...] = tuple(SLOW)


def interpreter_directories() -> list[str]:
    """Where this interpreter and its packages lie: both prefixes, site-packages, and the links to the executable."""
    found = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    found += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # Packages of the user's own, or of the system below a virtual environment. Other entries of sys.path may be
    # anything, the checkout with its solutions included.
    found += [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    found += [os.path.dirname(path) for path in _links(sys.executable)]
    both = [form for path in found for form in (os.path.abspath(path), os.path.realpath(path))]
    return [path for path in dict.fromkeys(both) if os.path.isdir(path)]


def _links(path: str) -> Iterator[str]:
    """The path and each path that it leads to: to open the first is to follow them all."""
    for _ in range(40):
        yield path
        if not os.path.islink(path):
            return
        path = os.path.join(os.path.dirname(path), os.readlink(path))


def trees(program: StudentProgram) -> list[Tree]:
    """All entries, outer directories first, so that an inner one is laid over its outer one."""
    linked = {path for _content, path in symlinks()}
    shown = [path for path in [*_SYSTEM, *interpreter_directories()] if os.path.exists(path) and path not in linked]
    entries = {path: Tree(path, path) for path in shown if not _inside_another(path, shown)}
    for path in _hidden(list(entries)):
        entries[path] = Tree(path, None)
        for inner in shown:
            if _is_inside(inner, path):  # a virtual environment within the checkout
                entries[inner] = Tree(inner, inner)
    names = {"course_lib", *import_graph.files(PACKAGE_ROOT, [*_STUDENT_SOURCES, _file(program.main)], "grader")}
    for name in names:
        entries[f"{COURSE}/{name}"] = Tree(f"{COURSE}/{name}", str(PACKAGE_ROOT / name))
    for name, module in program.modules.items():
        entries[f"{COURSE}/{name}"] = Tree(f"{COURSE}/{name}", str(module.resolve()))
    for path in _masked(program.out_of_bounds, list(entries.values())):
        entries[path] = Tree(path, str(STUB))
    return sorted(entries.values(), key=lambda tree: tree.target.count("/"))


def _file(function: str) -> str:
    return function.partition(":")[0].replace(".", "/") + ".py"


def directories(entries: list[Tree]) -> list[str]:
    """The directories above the entries, outer ones first: bubblewrap would let only their owner into them."""
    found = {str(parent) for tree in entries for parent in Path(tree.target).parents}
    shown = [tree.target for tree in entries if tree.source]
    made = {"/", *mounts.PRIVATE}
    free = [path for path in found - made if not any(path == tree or _is_inside(path, tree) for tree in shown)]
    return sorted(free, key=lambda path: path.count("/"))


def _hidden(shown: list[str]) -> list[str]:
    """Our own places that lie inside something shown: the checkout under the prefix, or the grader in site-packages."""
    places = [str(PACKAGE_ROOT / "grader"), str(PACKAGE_ROOT / "solutions")]
    if (PACKAGE_ROOT / "pyproject.toml").exists():
        places = [str(PACKAGE_ROOT)]
    return [place for place in places if os.path.isdir(place) and any(_is_inside(place, path) for path in shown)]


def _masked(packages: tuple[str, ...], entries: list[Tree]) -> Iterator[str]:
    """Where these packages would be seen: below the import root, and in each copy of the library that is installed.

    Raises:
        CourseError: there is no such package. It would stay in view under another name.
    """
    for package in packages:
        folder = package.replace(".", "/")
        if not package.startswith("course_lib.") or not (PACKAGE_ROOT / folder / "__init__.py").is_file():
            raise CourseError(f"{package} cannot be out of bounds: it is no package of the course's library.")
        yield f"{COURSE}/{folder}"
        for copy in dict.fromkeys((str(PACKAGE_ROOT), *interpreter_directories())):
            path = f"{copy}/{folder}"
            covering = [tree for tree in entries if _is_inside(path, tree.target)]
            nearest = max(covering, key=lambda tree: len(tree.target), default=None)
            if os.path.isdir(path) and nearest is not None and nearest.source is not None:
                yield path


def _is_inside(path: str, outer: str) -> bool:
    return path != outer and os.path.commonpath((path, outer)) == outer


def _inside_another(path: str, shown: list[str]) -> bool:
    return any(_is_inside(path, other) for other in shown)


def symlinks() -> list[tuple[str, str]]:
    """(content, path) of the links in the root directory, such as /lib -> usr/lib."""
    return [(os.readlink(path), path) for path in _SYSTEM if path.count("/") == 1 and os.path.islink(path)]
