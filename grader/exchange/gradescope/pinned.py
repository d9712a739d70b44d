"""What an autograder installs: the engine's own requirements and what the notebooks import, in the versions of here."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution, packages_distributions, version

from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement
from packaging.version import Version

from course_lib.distribution import COURSE, ENGINE, NAME, is_installed
from grader.engine.job import Job
from grader.import_graph import modules


def pinned(jobs: Iterable[Job]) -> list[str]:
    """Lines of a requirements file, sorted: points must not change with the version of a library."""
    names = {*_of_distribution(), *_of_notebooks(jobs)} - {COURSE, ENGINE}
    return sorted(f"{name}=={Version(version(name)).public}" for name in names)


def _of_distribution() -> Iterator[str]:
    extra = "instructor" if NAME == COURSE else ""
    for text in distribution(NAME).requires or ():
        need = Requirement(text)
        if (need.marker is None or need.marker.evaluate({"extra": extra})) and is_installed(need.name):
            yield need.name


def _of_notebooks(jobs: Iterable[Job]) -> Iterator[str]:
    providers = packages_distributions()
    for code in _code(jobs):
        for module in modules(_parsed(code)):
            yield from providers.get(module.split(".")[0], ())


def _code(jobs: Iterable[Job]) -> Iterator[str]:
    """The cells that are run, and the modules that lie beside them."""
    to_python = TransformerManager().transform_cell
    for job in jobs:
        yield from (to_python(cell.source) for cell in job.source.cells if cell.cell_type == "code")
        yield from (content.decode("utf-8", "replace") for name, content in job.authors.items() if name.endswith(".py"))


def _parsed(code: str) -> ast.AST:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(code)
    except (SyntaxError, ValueError):  # such as a cell of another language
        return ast.Module([], [])
