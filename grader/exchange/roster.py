"""The class list: which student id belongs to a name or a number of the learning platform."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError
from grader.exchange.csv_lines import csv_rows
from grader.exchange.plain_names import plain
from grader.exchange.platforms import Owner
from grader.exchange.roster_columns import FIELDS, TEST_STUDENTS, fields_of

COLUMNS = "student_id,first_name,last_name,email,lms_id"


@dataclass(frozen=True)
class Student:
    """A student as the gradebook knows them.

    Attributes:
        lms_id: the platform's number.
        participant: Moodle's number in one assignment, which its grading worksheet tells.
        groups: the names of the groups that the student is in.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    participant: str = ""
    groups: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, str]:
        """The name, first name first and last name first, as `plain` writes it."""
        return plain(self.first_name + self.last_name), plain(self.last_name + self.first_name)


@dataclass(frozen=True)
class Roster:
    """The students of a class list.

    Attributes:
        submitted: when each handed in, as the list writes it; None where it has no such column.
    """

    students: list[Student]
    submitted: Mapping[str, str] | None = None

    @property
    def people(self) -> frozenset[str]:
        """All names, as `plain` writes them."""
        return frozenset(name for student in self.students for name in student.spellings if name)

    @property
    def groups(self) -> frozenset[str]:
        """The names of all groups."""
        return frozenset(group for student in self.students for group in student.groups)

    def find(self, owner: Owner) -> list[Student]:
        """The students with this number or id, else of this name: one, where it is plain whose the file is."""
        if owner.anonymous:
            return [s for s in self.students if owner.number in (s.participant, s.lms_id)]
        numbered = [s for s in self.students if owner.number and _has_number(s, owner) and _agree(s, owner)]
        wanted = plain(owner.name or owner.number)
        return numbered or [s for s in self.students if wanted and wanted in s.spellings]

    def team(self, owner: Owner) -> list[Student]:
        """The members of the group that handed this in; none where a single person did."""
        if owner.platform == "folders" or owner.anonymous:
            return []
        if owner.is_default_group:
            return [student for student in self.students if not student.groups]
        if plain(owner.name) in self.people:
            return []
        return [s for s in self.students if plain(owner.name) in map(plain, s.groups)]


def _has_number(student: Student, owner: Owner) -> bool:
    numbers = (student.id, student.lms_id, student.participant if owner.platform == "Moodle" else "")
    return owner.number in numbers


def _agree(student: Student, owner: Owner) -> bool:
    """Whether a number that is the same says that the student is the same.

    Canvas' numbers are its own for ever. Moodle's count anew in each assignment, and might be another student's id:
    there, the name must be the same too.
    """
    if owner.platform == "Canvas" and owner.number == student.lms_id:
        return True
    return not owner.name or not any(student.spellings) or plain(owner.name) in student.spellings


def read_roster(path: Path, columns: Mapping[str, str] | None = None) -> Roster:
    """Read a class list: our own CSV, Moodle's list of participants or grading worksheet, Canvas's gradebook.

    Commas, semicolons or tabs stand between values; Moodle's and Canvas's may be in the site's language.

    Args:
        columns: the header of the column for a field of FIELDS, where it is not found.

    Raises:
        CourseError: it cannot be read, does not say who the students are, or has an id or a number of the platform
            twice.
    """
    lines = csv_rows(path)
    if not lines:
        raise CourseError(f"the class list {path} needs a line per student with the columns {COLUMNS}.")
    (_, header), *rows = lines
    _require_columns(path, header, columns or {})
    fields = fields_of(header, [row for _, row in rows], columns or {})
    students, submitted = [], {}
    for line, row in rows:
        values = {field: row[place] for field, place in fields.items() if place < len(row)}
        if _is_no_student(values):
            continue
        students.append(_student_of_line(values, path, line, header))
        submitted[students[-1].id] = values.get("submitted", "")
    if not students:
        raise CourseError(f"the class list {path} needs a line per student with the columns {COLUMNS}.")
    for field in ("id", "lms_id", "participant"):
        _require_different_ids(path, [value for student in students if (value := getattr(student, field))])
    return Roster(students, submitted if "submitted" in fields else None)


def _require_columns(path: Path, header: list[str], columns: Mapping[str, str]) -> None:
    there = {plain(name) for name in header}
    for field, column in columns.items():
        if field not in FIELDS:
            raise CourseError(f"--roster-columns does not know {field!r}; it knows {', '.join(FIELDS)}.")
        if plain(column) not in there:
            raise CourseError(f"the class list {path} has no column {column!r}; it has {', '.join(header)}.")


def _is_no_student(values: dict[str, str]) -> bool:
    """Whether it is a line of Canvas's gradebook that holds the points possible, or its test student."""
    if "canvas_name" not in values:
        return False
    return not values.get("lms_id", "").isdigit() or plain(values["canvas_name"]) in TEST_STUDENTS


def _student_of_line(values: dict[str, str], path: Path, line: int, header: list[str]) -> Student:
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not first and not last and (name := values.get("canvas_name") or values.get("full_name", "")):
        first, last = _parts_of_name(name)
    participant = re.sub(r"\D", "", values.get("participant", ""))
    groups = tuple(group.strip() for group in re.split(r"[,;|]", values.get("groups", "")) if group.strip())
    email, lms_id = values.get("email", ""), values.get("lms_id", "")
    return Student(_id_of(values, path, line, header), first, last, email, lms_id, participant, groups)


def _id_of(values: dict[str, str], path: Path, line: int, header: list[str]) -> str:
    """The student's id: the same in every assignment, whatever list of the platform it is read from."""
    if "student_id" in values:
        if not is_safe_id(values["student_id"]):
            raise CourseError(f"{path}, line {line}: {values['student_id']!r} is no student id: {ID_RULE}.")
        return values["student_id"]
    of_canvas = [values.get(field, "") for field in ("sis_login", "sis_user", "lms_id")]
    of_moodle = [values.get("id_number", ""), values.get("username", ""), values.get("email", "").partition("@")[0]]
    chosen = next((one for one in (of_canvas if "canvas_name" in values else of_moodle) if is_safe_id(one)), "")
    # Where marking is blind, the worksheet has nothing but numbers.
    chosen = chosen or ("participant_" + re.sub(r"\D", "", values["participant"]) if "participant" in values else "")
    if chosen:
        return chosen
    raise CourseError(
        f"the class list {path}, line {line}, says no student id. It needs a line per student with the columns "
        f"{COLUMNS}. It has the columns {', '.join(header)}: name the right ones, as in "
        f"--roster-columns 'student_id={header[0]}' (fields: {', '.join(FIELDS)})."
    )


def _parts_of_name(name: str) -> tuple[str, str]:
    """First and last name of "Lovelace, Ada" or "Ada Lovelace"."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def _require_different_ids(path: Path, ids: list[str]) -> None:
    """On some computers folders that differ in capitals only are the same one."""
    counts = Counter(map(str.casefold, ids))
    if twice := sorted({one for one in ids if counts[one.casefold()] > 1}):
        raise CourseError(f"the class list {path} has {', '.join(twice)} twice.")


ID_RULE = "letters, digits and . _ @ - only, a letter or digit first, 100 at most"


def is_safe_id(text: str) -> bool:
    """Whether a student id can be the name of a folder everywhere."""
    return bool(re.fullmatch(r"[^\W_][\w.@-]{0,99}", text)) and not text.endswith(".")
