"""`course forget`: take one student out of the gradebook, and out of everything that the course has written."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, inspect, select, text

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch.lock import only_grader
from grader.exchange.collected_from import CollectedFile, collected_assignments, collected_from, replace_record
from grader.exchange.gradebook import find_or_none, open_gradebook, sqlite_file
from grader.exchange.plain_names import plain

_OUR_TABLES = "course_"
_EMPTIED = ("report", "log")
"""Folders of files about the whole class, which commands write anew."""


@dataclass
class Forgotten:
    """What there is of a student.

    Attributes:
        removed: what is the student's alone, or is written anew by a command; gone, unless it was a trial.
        lines: how many lines of the gradebook's tables, by table.
        collected: the assignments whose note of where files came from names the student.
        named_in: files among the course's work that name the student, and hold what is other people's too: they stay.
    """

    student: str
    removed: list[Path] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    collected: list[str] = field(default_factory=list)
    named_in: list[Path] = field(default_factory=list)


def forget(course: CourseDir, student: str, *, dry: bool = True) -> Forgotten:
    """Take a student out of the gradebook, the folders and all files about the class.

    Stopped at any moment, it is finished by the same call: the gradebook, which knows the name, comes last.

    Args:
        dry: only say what there is.

    Raises:
        CourseError: nothing is known of the student, somebody grades, or something cannot be removed.
    """
    if student in ("", ".", "..") or student != Path(student).name:
        raise CourseError(f"{student!r} is no student id.")
    with only_grader(course), open_gradebook(course) as gradebook:
        found = Forgotten(student, lines=_lines(gradebook, student))
        names = _names(course, gradebook, student)
        found.collected = [one for one in collected_assignments(course) if _is_in(collected_from(course, one), student)]
        own = [*course.folders_of(student), course.work / "replaced" / student]
        found.removed = [path for path in own if os.path.lexists(path)]
        if not (found.removed or found.lines or found.collected):
            raise CourseError(f"nothing is known of a student {student!r}: neither the gradebook nor a folder has it.")
        theirs = _those_that_name(_files(course, found.removed), names)
        found.removed += [path for path in theirs if _is_written_anew(course, path)]
        found.named_in = [path for path in theirs if not _is_written_anew(course, path)]
        if not dry:
            _remove(course, found, names)
            _remove_from_gradebook(gradebook, student)
    return found


def forgotten_lines(found: Forgotten, shown: Iterable[str], named_in: Iterable[str], *, dry: bool) -> list[str]:
    """What became of it, in lines; the paths as they are to be shown."""
    what = "Would be removed" if dry else "Removed"
    counts = ", ".join(f"{many} in {table}" for table, many in found.lines.items())
    lines = [f"{what} of {found.student}:"]
    lines += [f"  lines of the gradebook: {counts}"] if counts else []
    lines += [f"  the notes of what was collected: {', '.join(found.collected)}"] if found.collected else []
    lines += [f"  {path}" for path in shown]
    kept = [f"  {path}" for path in named_in]
    lines += ["Named in files that hold other people's work, too; look at them yourself:", *kept] if kept else []
    if dry:
        return [*lines, "Nothing is removed yet: say it again with --yes."]
    lines.append("Write pages and tables about the class anew: `course report ASSIGNMENT`, `course export`.")
    return [*lines, "Not within reach: downloads, class lists and exports elsewhere, backups, the learning platform."]


def _names(course: CourseDir, gradebook: Any, student: str) -> list[str]:
    """By what the student is called in files: id, name and email, and the number and name of downloads."""
    entry = find_or_none(gradebook.find_student, student)
    first, last, email = (getattr(entry, one, None) or "" for one in ("first_name", "last_name", "email"))
    names = [student, email, *([f"{first} {last}", f"{last} {first}", f"{last}, {first}"] if first and last else [])]
    files = [one for assignment in collected_assignments(course) for one in collected_from(course, assignment)]
    theirs = {name for one in files if one.students != (student,) for name in (one.name, one.path)}  # "Participant"
    own = {name for one in files if one.students == (student,) for name in (one.name, one.path)} - theirs
    return sorted({*names, *own} - {""})


def _lines(gradebook: Any, student: str) -> dict[str, int]:
    connection = gradebook.db.connection()
    entry = find_or_none(gradebook.find_student, student)
    submissions = len(entry.submissions) if entry else 0
    known = {"student": int(entry is not None), "submitted_assignment": submissions}
    for table in _our_tables(connection):
        known[table.name] = connection.scalar(select(func.count()).where(table.c.student == student))
    return {table: many for table, many in known.items() if many}


def _our_tables(connection: Connection) -> Iterator[Table]:
    """Tables of this grader in the gradebook that have a line per student."""
    looker = inspect(connection)
    for name in sorted(looker.get_table_names()):
        if name.startswith(_OUR_TABLES) and "student" in {column["name"] for column in looker.get_columns(name)}:
            yield Table(name, MetaData(), autoload_with=connection)


def _is_in(files: Iterable[CollectedFile], student: str) -> bool:
    return any(student in one.students for one in files)


def _files(course: CourseDir, own: list[Path]) -> Iterator[Path]:
    """The files among the course's work that are not the student's own, the gradebook or a note of `collect`."""
    roots = {course.work, course.all_submitted, course.all_autograded, course.all_feedback}
    apart = [*own, sqlite_file(course), course.secret, course.work / "collected"]
    seen = {path for root in roots if root.is_dir() for path in root.rglob("*")} | {course.grades}
    for path in sorted(seen):
        if path.is_file() and not path.is_symlink() and not any(one and path.is_relative_to(one) for one in apart):
            yield path


def _those_that_name(files: Iterable[Path], names: Iterable[str]) -> list[Path]:
    """The files in whose bytes or name one of the names stands as a word."""
    spellings = sorted({form.encode() for name in names for form in _spellings(name)})
    words = re.compile(rb"(?<![^\W_])(?:" + b"|".join(map(re.escape, spellings)) + rb")(?![^\W_])")
    found = []
    for path in files:
        try:
            data = os.fsencode(path.name) + b"\n" + path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
        if any(one in data for one in spellings) and words.search(data):  # the first is quick, and mostly false
            found.append(path)
    return found


def _spellings(name: str) -> set[str]:
    """A name as it stands in text, in JSON and in HTML, by Python and by Jinja."""
    return {name, json.dumps(name)[1:-1], html.escape(name), html.escape(name).replace("&#x27;", "&#39;")}


def _is_written_anew(course: CourseDir, path: Path) -> bool:
    """Whether a command writes this file anew."""
    if path == course.grades or (path.parent == course.grades.parent and path.name.endswith("-feedback.zip")):
        return True
    return path.parent in [course.work / one for one in _EMPTIED]


def _remove(course: CourseDir, found: Forgotten, names: Iterable[str]) -> None:
    for assignment in found.collected:
        replace_record(course, assignment, list(_without(collected_from(course, assignment), found.student, names)))
    for path in found.removed:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            _remove_if_empty(path.parent, found.student)
        except OSError as error:
            raise CourseError(
                f"{error.filename or path} cannot be removed: {error.strerror}. Mend that, and say it again."
            ) from error


def _without(files: Iterable[CollectedFile], student: str, names: Iterable[str]) -> Iterator[CollectedFile]:
    """The files of others; a group's file stays noted for its other members, unless its name is the student's."""
    own = {plain(name) for name in names}
    for one in files:
        others = tuple(member for member in one.students if member != student)
        called = {plain(one.name), *(plain(part) for part in one.path.split("_"))}
        if others and (others == one.students or not own & called):
            yield CollectedFile(one.path, others, one.platform, one.number, one.name, one.file, one.late)


def _remove_if_empty(folder: Path, student: str) -> None:
    """Remove the folder that bears the student's name, once nothing is in it."""
    if folder.name == student and not any(folder.iterdir()):
        folder.rmdir()


def _remove_from_gradebook(gradebook: Any, student: str) -> None:
    connection = gradebook.db.connection()
    for table in _our_tables(connection):
        connection.execute(delete(table).where(table.c.student == student))
    gradebook.db.commit()
    if find_or_none(gradebook.find_student, student) is not None:
        gradebook.remove_student(student)
    if gradebook.engine.dialect.name == "sqlite":  # which keeps what was deleted in the file until it is packed
        gradebook.db.commit()
        with gradebook.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
            alone.execute(text("VACUUM"))
