"""Submissions and graded notebooks on disk: found, read, and written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from course_lib.repair.damage import FILE_NAME, TOO_LARGE, Damaged, Repair
from course_lib.repair.reading import MOST_BYTES
from grader.exchange.platforms import is_called
from grader.nbgrader_config import CourseDir

TIMESTAMP = "timestamp.txt"
MOST_OTHER_BYTES = 16 * 2**20
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        data: the notebook's bytes.
        files: other files beside it, by relative path.
        found: what is to be told about its name.
    """

    data: bytes
    files: Mapping[str, bytes]
    found: tuple[Repair, ...]

    @property
    def digest(self) -> str:
        """Changes with anything that was handed in."""
        total = hashlib.sha256(self.data)
        for name, content in sorted(self.files.items()):
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()


def students_with(course: CourseDir, assignment: str) -> list[str]:
    """Students with a folder for this assignment among the submissions, by id."""
    folders = (course.work / "submitted").glob(f"*/{assignment}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir())


def read_submission(course: CourseDir, assignment: str, student: str) -> Submission:
    """Read a submission. Raises Damaged where there is no notebook, or several and none has the right name."""
    expected = course.submitted(assignment, student)
    path = _notebook(expected, assignment)
    found = () if path == expected else (Repair(FILE_NAME, (path.name,)),)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        others, left_out = _others(expected.parent)
        return Submission(data, others, (*found, *([Repair(TOO_LARGE, left_out)] if left_out else [])))
    except OSError as error:
        raise Damaged(f"{path.name} cannot be read: {error.strerror}") from error


def timestamp(course: CourseDir, assignment: str, student: str) -> str:
    """When it was handed in, where nbgrader's exchange or the instructor has left that in a file; '' otherwise."""
    path = course.submitted(assignment, student).with_name(TIMESTAMP)
    return path.read_text("utf-8").strip() if path.is_file() else ""


def digest(path: Path) -> str:
    """Of a file's content; '' where there is none."""
    return digest_of(path.read_bytes()) if path.is_file() else ""


def digest_of(content: bytes) -> str:
    """The same for bytes."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def replacing(path: Path, content: bytes) -> Iterator[None]:
    """Write a file in two steps: it is complete on disk before the body, and takes its name after it.

    If the body raises, or the disk is full, the old file stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def sweep(course: CourseDir, assignment: str) -> None:
    """Take away what a killed grader left half-written."""
    for left in (course.work / "autograded").glob(f"*/{assignment}/.*{_UNFINISHED}"):
        left.unlink(missing_ok=True)


def _notebook(expected: Path, assignment: str) -> Path:
    if expected.is_file() and not expected.is_symlink():
        return expected
    there = sorted(expected.parent.iterdir()) if expected.parent.is_dir() else []
    notebooks = [p for p in there if p.suffix.lower() == ".ipynb" and p.is_file() and not p.is_symlink()]
    named = [path for path in notebooks if is_called(path.name, assignment)]
    for choice in (named, notebooks):
        if len(choice) == 1:
            return choice[0]
    if notebooks:
        raise Damaged(f"there is no {expected.name}, but {len(notebooks)} others: {_listed(notebooks)}")
    raise Damaged(f"there is no {expected.name}, but {_listed(there) or 'nothing'}")


def _listed(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths[:5]) + (" and more" if len(paths) > 5 else "")


def _others(folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files beside the notebook, and the names of those that are left out since all together would be too much."""
    found: dict[str, bytes] = {}
    left_out: list[str] = []
    left = MOST_OTHER_BYTES
    for where, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(where) / name
            if path.is_symlink() or not path.is_file() or path.suffix.lower() == ".ipynb" or name == TIMESTAMP:
                continue
            with path.open("rb") as file:
                content = file.read(left + 1)
            inside = path.relative_to(folder).as_posix()
            if len(content) > left:
                left_out.append(inside)
                continue
            left -= len(content)
            found[inside] = content
    return found, tuple(left_out)
