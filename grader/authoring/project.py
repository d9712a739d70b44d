"""Where things lie in the repository, and the facts that stand in `pyproject.toml` alone."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from grader.course_dir import is_checkout

_MODULE = re.compile(r"\d\d_[a-z0-9_]*[a-z0-9]")
_PROJECT = re.compile(r"[a-z][a-z0-9_]*")
_ANSWERS = ".answers"


@dataclass(frozen=True)
class Project:
    """One checkout of the course.

    Attributes:
        root: the folder that holds `pyproject.toml`.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The checkout that contains `start` (the current folder by default).

        Raises:
            CourseError: there is none.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if is_checkout(folder):
                return cls(folder)
        raise CourseError(
            f"{start} is not in a checkout of the course, with which alone `course build`, `prove` and `demo` work: "
            "change to the folder that holds solutions/."
        )

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        project: dict[str, Any] = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["project"]
        return project

    @property
    def version(self) -> str:
        """The version of the library that the notebooks are built for."""
        return str(self._metadata["version"])

    @property
    def repository(self) -> str:
        """The public address of the repository, without a slash at the end."""
        return str(self._metadata["urls"]["Repository"]).rstrip("/")

    @property
    def slug(self) -> str:
        """`owner/name` of the repository, as Colab's links want it."""
        return "/".join(self.repository.split("/")[-2:])

    def lecture_source(self, module: str) -> Path:
        """`lectures/NN_topic.md`."""
        return self.root / "lectures" / f"{module}.md"

    def lecture(self, module: str) -> Path:
        """`lectures/NN_topic.ipynb`, built."""
        return self.root / "lectures" / f"{module}.ipynb"

    def solution_source(self, module: str) -> Path:
        """`solutions/NN_topic.md`."""
        return self.root / "solutions" / f"{module}.md"

    def answers_source(self, module: str) -> Path:
        """`solutions/NN_topic.answers.md`."""
        return self.root / "solutions" / f"{module}.answers.md"

    def solution(self, module: str) -> Path:
        """`solutions/NN_topic/NN_topic.ipynb`, built: nbgrader's source."""
        return self.root / "solutions" / module / f"{module}.ipynb"

    def assignment(self, module: str) -> Path:
        """`assignments/NN_topic/NN_topic.ipynb`, built: nbgrader's release."""
        return self.root / "assignments" / module / f"{module}.ipynb"

    def library_copy(self, module: str) -> Path:
        """`course_lib/releases/NN_topic.ipynb`, built: the release again, for what students run on their own."""
        return self.root / "course_lib" / "releases" / f"{module}.ipynb"

    @property
    def proofs_page(self) -> Path:
        """`docs/proofs.md`: what `course prove` found."""
        return self.root / "docs" / "proofs.md"

    @property
    def proofs_record(self) -> Path:
        """`docs/proofs.jsonl`: the same for the tests, each exercise with its seal."""
        return self.root / "docs" / "proofs.jsonl"

    @property
    def proofs_made(self) -> Path:
        """Folder of the proofs made before."""
        return self.root / ".cache" / "prove"

    def modules(self) -> list[str]:
        """The modules that have at least one source, by number: every `NN_topic.md` in `lectures/` or `solutions/`.

        Raises:
            CourseError: a source is numbered but not called like that, or two modules have one number.
        """
        sources = sorted({*self._numbered("lectures"), *self._numbered("solutions")})
        for path in sources:
            if not _MODULE.fullmatch(path.stem):
                raise CourseError(
                    f"{self.relative(path)} is not called like a module: two digits, _, and a topic in small letters, "
                    "such as 12_my_topic.md."
                )
        found = sorted({path.stem for path in sources})
        for one, other in pairwise(found):
            if one[:2] == other[:2]:
                raise CourseError(f"{one} and {other} have one number: give each module its own.")
        return found

    def _numbered(self, folder: str) -> list[Path]:
        """The sources in a folder that begin with a digit, without the files of answers."""
        paths = (self.root / folder).glob("*.md")
        return [path for path in paths if path.name[0].isdigit() and not path.stem.endswith(_ANSWERS)]

    def projects(self) -> list[Path]:
        """The sources of the projects, by name: every `topic.md` in `projects/`; a notebook is built beside each.

        Raises:
            CourseError: a name has a number, or letters that are not small.
        """
        found = sorted((self.root / "projects").glob("*.md"))
        for path in found:
            if not _PROJECT.fullmatch(path.stem):
                raise CourseError(
                    f"{self.relative(path)} is not called like a project: a topic in small letters, such as food.md."
                )
        return found

    def sources(self) -> list[Path]:
        """The sources of all notebooks: of each module its lecture and its assignment, then the projects."""
        pairs = [(self.lecture_source(module), self.solution_source(module)) for module in self.modules()]
        return [path for pair in pairs for path in pair if path.exists()] + self.projects()

    def assignments(self) -> list[str]:
        """The modules that have an assignment, in the order of the course."""
        return [module for module in self.modules() if self.solution_source(module).exists()]

    def require_assignment(self, name: str) -> str:
        """The module called `name`; its number (`1` or `01`) will do.

        Raises:
            CourseError: no assignment has that name.
        """
        found = [m for m in self.assignments() if m == name or (name.isdigit() and int(m[:2]) == int(name))]
        if not found:
            names = ", ".join(self.assignments()) or "none yet"
            raise CourseError(f"no assignment is called {name!r}; there are: {names}.")
        return found[0]

    def relative(self, path: Path) -> str:
        """`path` as a person types it from the root of the checkout."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
