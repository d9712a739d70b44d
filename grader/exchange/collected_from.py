"""Where each submission came from: what `course collect` notes, so that pages and points find their way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.whole_files import replacing


@dataclass(frozen=True)
class CollectedFile:
    """One file of a download that was taken.

    Attributes:
        path: its name inside the download, as the learning platform wrote it.
        students: the ids under which it is graded; several where a group handed it in.
        platform: "Moodle", "Canvas" or "folders".
        number: the platform's number of whoever handed it in, or the folder's name.
        name: the name that the platform wrote: a person's, a group's with the person's, or "".
        file: the name that the student gave the file.
        late: whether the platform marks it as late.
    """

    path: str
    students: tuple[str, ...]
    platform: str
    number: str
    name: str
    file: str
    late: bool


def record(course: CourseDir, assignment: str, files: Sequence[CollectedFile]) -> None:
    """Note where the submissions to an assignment came from; a student's earlier files give way to these.

    What students who are not in `files` handed in stays noted: a download need not hold the whole class.

    Raises:
        CourseError: it cannot be written.
    """
    anew = {student for one in files for student in one.students}
    kept = [one for one in collected_from(course, assignment) if not anew.issuperset(one.students)]
    replace_record(course, assignment, [*kept, *files])


def replace_record(course: CourseDir, assignment: str, files: Sequence[CollectedFile]) -> None:
    """Note that submissions to an assignment came from these files and no others.

    Raises:
        CourseError: it cannot be written.
    """
    path = _path(course, assignment)
    text = json.dumps([asdict(one) for one in files], ensure_ascii=True, indent=1)
    try:
        with replacing({path: f"{text}\n".encode()}):
            pass
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from error


def collected_assignments(course: CourseDir) -> list[str]:
    """The assignments of which there is such a note."""
    return sorted(path.stem for path in (course.work / "collected").glob("*.json"))


def collected_from(course: CourseDir, assignment: str) -> list[CollectedFile]:
    """The files of downloads that are an assignment's submissions now; none where nothing was collected.

    Raises:
        CourseError: the note cannot be read.
    """
    path = _path(course, assignment)
    try:
        return [_file_of(one) for one in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CourseError(f"{path} cannot be read: {error}. Remove it and collect {assignment} again.") from error


def _file_of(values: dict[str, Any]) -> CollectedFile:
    return CollectedFile(**values | {"students": tuple(values["students"])})


def _path(course: CourseDir, assignment: str) -> Path:
    return course.work / "collected" / f"{assignment}.json"
