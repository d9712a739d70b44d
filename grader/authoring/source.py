"""Read a MyST Markdown source into cells that know their kind, their options and their line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook

from course_lib.errors import CourseError

FOR_TESTS = "for_tests"
FIRST_IN_PATTERN = 5
TESTS_ONLY = "tests_only"
Kind = Literal["text", "given", "shared", "tests_only", "answer", "tests", "written"]


@dataclass(frozen=True)
class Problem:
    """Something in a source that the build refuses.

    Attributes:
        path: the source file.
        line: counted from 1.
        message: what is wrong and what to do.
    """

    path: Path
    line: int
    message: str


@dataclass
class Cell:
    """One cell of a source.

    Attributes:
        kind: who runs it, see the table in CONTRIBUTING.md.
        source: its text.
        line: line of the file on which `source` begins, counted from 1.
        options: what stands in its first lines (`:points: 3`) or behind `+++`.
    """

    kind: Kind
    source: str
    line: int
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        """Whether a kernel runs it."""
        return self.kind not in ("text", "written")

    @property
    def name(self) -> str:
        """The exercise that an answer, test or written cell belongs to ('' for other cells)."""
        return str(self.options.get(self.kind) or "")

    @property
    def is_for_tests(self) -> bool:
        """Whether it is given code that tests call in the student's interpreter: `:tags: [for_tests]`."""
        return self.kind == "given" and FOR_TESTS in self.options.get("tags", [])

    @property
    def covers(self) -> list[str]:
        """Rows of the coverage table that the cell says it covers."""
        rows = self.options.get("covers", [])
        return [str(row) for row in (rows if isinstance(rows, list) else [rows])]


@dataclass
class Source:
    """A source file: its header and its cells."""

    path: Path
    header: dict[str, Any]
    cells: list[Cell]

    @property
    def course(self) -> dict[str, Any]:
        """The `course:` part of the header (title, kind, minutes)."""
        part = self.header.get("course", {})
        return part if isinstance(part, dict) else {}

    @property
    def number(self) -> str:
        """The two digits of its module ('' for a project)."""
        return self.path.stem[:2] if self.path.stem[:2].isdigit() else ""

    @property
    def follows_pattern(self) -> bool:
        """Whether the teaching pattern is asked of it: as its header says (`pattern: true`), else from module 05 on.

        A project follows it, too.
        """
        usual = int(self.number) >= FIRST_IN_PATTERN if self.number else self.course.get("kind") == "project"
        return bool(self.course.get("pattern", usual))

    def of_kind(self, *kinds: Kind) -> Iterator[Cell]:
        """The cells of these kinds, in order."""
        return (cell for cell in self.cells if cell.kind in kinds)

    def problem(self, cell: Cell, message: str, offset: int = 0) -> Problem:
        """A problem `offset` lines below the first line of `cell`."""
        return Problem(self.path, cell.line + offset, message)


def read(path: Path) -> Source:
    """Read the source at `path`.

    Raises:
        CourseError: there is no such file, or its header or an option line is not YAML.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise CourseError(f"cannot read {path}: {error.strerror}") from error
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except (MystMetadataParsingError, yaml.YAMLError) as error:
        raise CourseError(f"{path}: the header or the options of a cell are not valid YAML: {error}") from error
    header = dict(notebook.metadata)
    starts = header.pop("source_map")
    lines = text.splitlines()
    pairs = zip(notebook.cells, starts, strict=True)
    cells = [_cell(raw, _first_line(lines, start, raw.source)) for raw, start in pairs]
    return Source(path, header, cells)


def _cell(raw: Any, line: int) -> Cell:
    options = dict(raw.metadata)
    return Cell(_kind(raw.cell_type, options), raw.source, line, options)


def _kind(cell_type: str, options: dict[str, Any]) -> Kind:
    if cell_type != "code":
        return "written" if "written" in options else "text"
    if "tests" in options:
        return "tests"
    if "answer" in options:
        return "answer"
    tags = options.get("tags", [])
    if TESTS_ONLY in tags:
        return "tests_only"
    return "shared" if "shared" in tags else "given"


def _first_line(lines: list[str], start: int, source: str) -> int:
    """The line, counted from 1, on which `source` begins: jupytext's map points at the fence above it."""
    wanted = source.split("\n", 1)[0]
    return next((n + 1 for n in range(start, len(lines)) if lines[n] == wanted), start + 1)
