"""Submissions on disk: whose they are, the notebook, and the files beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course_lib.repair.damage import FILE_NAME, FOREIGN_NAME, NO_FILE, TOO_LARGE, Damaged, Repair, Repairs
from course_lib.repair.reading import MOST_BYTES
from grader.course_dir import CourseDir
from grader.engine.submission_files import MOST_FILES, belongs
from grader.exchange.batch.handed_in_at import TIMESTAMP, handed_in_at
from grader.exchange.batch.part import Part
from grader.exchange.kinds import is_plain_file, kind_of
from grader.exchange.notebook_names import is_called
from grader.exchange.printable import printable

MOST_OTHER_BYTES = 16 * 2**20
MOST_ID = 128
"""Characters of a student's id; the gradebook's column has no room for more."""


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
    """Students with something for this assignment among the submissions, by id; whatever it is."""
    return [student for student, folder in course.students_among(assignment) if _is_something(folder)]


def is_handed_in(course: CourseDir, assignment: str, student: str) -> bool:
    """Whether there is something of this student's for this assignment."""
    return _is_something(course.submitted(assignment, student).parent)


def why_no_student(name: str) -> str:
    """Why a folder's name cannot be a student's id, which is to stand in a gradebook and in a table; '' if it can."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "the name of its folder is not UTF-8: give the folder the student's id"
    if not name.isprintable():
        return "the name of its folder has characters that cannot be printed: give the folder the student's id"
    if len(name) > MOST_ID:
        return f"the name of its folder is longer than {MOST_ID} characters: give the folder the student's id"
    return ""


class NotHandedIn(Damaged):
    """Other notebooks of the assignment were handed in, and not this one."""


def read_submission(course: CourseDir, part: Part, student: str) -> Submission:
    """Read a submission.

    Raises:
        NotHandedIn: the student handed in other notebooks of the assignment only.
        Damaged: it is nobody's, a link, or cannot be read; there is no notebook, or several and none has the right
            name; or its time stamp says no time.
    """
    if problem := why_no_student(student):
        raise Damaged(problem)
    return read_folder(course.submitted(part.assignment, student).parent, part)


def read_folder(folder: Path, part: Part) -> Submission:
    """Read the submission in a folder. Raises Damaged as `read_submission` does."""
    expected = folder / f"{part.notebook}.ipynb"
    try:
        _require_folder(folder.parent)
        _require_folder(folder)
        path = _notebook_in(folder, part)
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        others, left_out = _files_beside(folder)
        handed_in_at(folder)
    except OSError as error:
        what = printable(Path(os.fsdecode(error.filename or expected)).name)
        raise Damaged(f"{what} cannot be read: {error.strerror or error}") from error
    found = () if path == expected else (Repair(FILE_NAME, (printable(path.name),)),)
    return Submission(data, others, (*found, *left_out))


def timestamp(course: CourseDir, assignment: str, student: str) -> str:
    """When it was handed in; '' for unknown. Raises Damaged where the file says no time."""
    return handed_in_at(course.submitted(assignment, student).parent)


def digest_of(content: bytes) -> str:
    """Changes with the content."""
    return hashlib.sha256(content).hexdigest()


def _is_something(folder: Path) -> bool:
    """Whether a student's folder of an assignment is there; a link to nowhere might be anything."""
    return os.path.lexists(folder) or (folder.parent.is_symlink() and not folder.parent.exists())


def _require_folder(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        raise Damaged(f"{printable(path.name)} is {kind_of(path)}: put a folder with the files themselves there")


def _notebook_in(folder: Path, part: Part) -> Path:
    expected = folder / f"{part.notebook}.ipynb"
    if is_plain_file(expected):
        return expected
    there = sorted(folder.iterdir())
    notebooks = [path for path in there if path.suffix.lower() == ".ipynb" and is_plain_file(path)]
    of_others = [path for path in notebooks if any(is_called(path.name, other) for other in part.others)]
    named = [path for path in notebooks if path not in of_others and is_called(path.name, part.notebook)]
    # Of several notebooks, each must say which one it is.
    for choice in (named, [] if part.others else notebooks):
        if len(choice) == 1:
            return choice[0]
    if of_others and not named:
        raise NotHandedIn(f"{expected.name} was not handed in")
    if os.path.lexists(expected) and not notebooks:
        raise Damaged(f"{expected.name} is {kind_of(expected)}: put the notebook itself there")
    if notebooks:
        raise Damaged(f"there is no {expected.name}, but {len(notebooks)} others: {_names_listed(notebooks)}")
    raise Damaged(f"there is no {expected.name}, but {_names_listed(there) or 'nothing'}")


def _names_listed(paths: list[Path]) -> str:
    return ", ".join(printable(path.name) for path in paths[:5]) + (" and more" if len(paths) > 5 else "")


def _files_beside(folder: Path) -> tuple[dict[str, bytes], tuple[Repair, ...]]:
    """The files beside the notebook, and what is to be told of those that are left out."""
    found: dict[str, bytes] = {}
    left_out = Repairs()
    left = MOST_OTHER_BYTES
    for count, path in enumerate(_everything_in(folder)):
        if count >= MOST_FILES:
            raise Damaged(f"there are more than {MOST_FILES} files: a submission is a notebook and a few files")
        inside = path.relative_to(folder).as_posix()
        if not is_plain_file(path):
            left_out.note(NO_FILE, printable(inside))
        elif not _is_utf8(inside):
            left_out.note(FOREIGN_NAME, printable(inside))
        elif belongs(PurePosixPath(inside)) and path.name != TIMESTAMP:
            with path.open("rb") as file:
                content = file.read(left + 1)
            if len(content) > left:
                left_out.note(TOO_LARGE, printable(inside))
                continue
            left -= len(content)
            found[inside] = content
    return found, left_out.list({})


def _everything_in(folder: Path) -> Iterator[Path]:
    """Everything in a folder that is no folder itself, links to folders among it. Raises OSError."""

    def stop(error: OSError) -> None:
        raise error

    for where, folders, names in os.walk(folder, onerror=stop):
        folders.sort()
        for name in sorted([*names, *(one for one in folders if os.path.islink(os.path.join(where, one)))]):
            yield Path(where) / name


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
