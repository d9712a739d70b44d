"""The seal of a proof: one number that changes with anything in the checkout that the proof depends on."""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader import import_graph
from grader.authoring import code
from grader.authoring.answers import Answer, Answers, Mark
from grader.authoring.project import Project
from grader.authoring.session import runnable
from grader.authoring.source import Cell, Source

LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "matplotlib", "cosmic_ray", "ipython")
"""What a verdict may hang on beside the code of the course."""

_CODE = Path(__file__).parents[3]  # the folder that holds `grader` and `course_lib`
_PROVES = ("grader/authoring/proof/prove.py", "grader/engine", "course_lib/check")


def seals(project: Project, source: Source, answers: Answers) -> dict[str, str]:
    """The seal of each exercise of a module; the same on every machine.

    It is made of all that runs in a proof: the cells of the module that decide a grade, the answers to the exercise and
    the marks on its mutants, the code that proves and grades, what of `course_lib` that code and those cells import,
    with the files beside it, and the versions that the course asks for. Prose and pictures do not count.
    """
    cells = runnable(source)
    whole = [source.course, [[c.kind, c.source, c.options] for c in cells], _code(cells), _pinned(project)]
    common = _digest(whole)
    return {name: _digest([common, name, _mine(answers, name)]) for name in names_of(source)}


def names_of(source: Source) -> list[str]:
    """The exercises of a module that are proved."""
    return [cell.name for cell in source.of_kind("tests")]


def _mine(answers: Answers, name: str) -> list[dict[str, object]]:
    """The answers to an exercise and the marks on its mutants, wherever in the file they stand."""
    everything: list[Answer | Mark] = [*answers.answers, *answers.marks]
    mine = [dataclasses.asdict(one) for one in everything if one.exercise == name]
    return [{key: value for key, value in one.items() if key != "line"} for one in mine]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


def _code(cells: Sequence[Cell]) -> str:
    """The code that proves, and all that it and the cells import, as one number."""
    named = {module for cell in cells if cell.is_code for module in import_graph.modules(_parsed(cell))}
    mine = sorted(module for module in named if module.split(".")[0] == "course_lib")
    return _code_behind(tuple(mine))


def _parsed(cell: Cell) -> ast.AST:
    try:
        return code.parse(cell.source)
    except SyntaxError:
        return ast.Module([], [])  # the proof says so


@functools.cache
def _code_behind(modules: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(modules):
        digest.update(f"{path.relative_to(_CODE).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(modules: Sequence[str]) -> list[Path]:
    """What a proof needs of `grader` and `course_lib`, code and data, if the cells import these modules."""
    grading = _grading()
    start = [str(path.relative_to(_CODE)) for module in modules for path in import_graph.candidates(_CODE, module)]
    library = import_graph.files(_CODE, [*grading, *start, _PROVES[-1]], "course_lib")
    paths = {_CODE / name for name in grading | library}
    packages = {path.parent for path in paths if path.is_relative_to(_CODE / "course_lib")} - {_CODE / "course_lib"}
    return sorted(paths.union(*map(_data, packages)))


@functools.cache
def _grading() -> frozenset[str]:
    return frozenset(import_graph.files(_CODE, _PROVES, "grader"))


def _data(package: Path) -> Iterator[Path]:
    """The files of a package that are no code: photographs, weights, names."""
    return (path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))


def _pinned(project: Project) -> list[str]:
    """The lines of `constraints.txt` that fix the versions of these libraries."""
    path = project.root / "constraints.txt"
    lines = path.read_text("utf-8").split("\n") if path.exists() else []
    return [line for line in lines if _plain(re.split(r"[=<>~!; ]", line)[0]) in map(_plain, LIBRARIES)]


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
