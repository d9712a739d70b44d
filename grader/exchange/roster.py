"""The class list: which student id belongs to a name or a number of the learning platform."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError
from grader.exchange.platforms import Owner

COLUMNS = "student_id,first_name,last_name,email,lms_id"


@dataclass(frozen=True)
class Student:
    """A student as the gradebook knows them; `lms_id` is the platform's number."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def spellings(self) -> tuple[str, str]:
        """The name, first name first and last name first, as `plain` writes it."""
        return plain(self.first_name + self.last_name), plain(self.last_name + self.first_name)


@dataclass(frozen=True)
class Roster:
    """The students of a class list."""

    students: list[Student]

    def find(self, owner: Owner) -> Student | None:
        """The one student with this number or id, or of this name; None when there is none, or more than one."""
        by_number = [s for s in self.students if owner.number in (s.id, s.lms_id)]
        if len(by_number) == 1:
            return by_number[0]
        wanted = plain(owner.name or owner.number)
        by_name = [s for s in self.students if wanted in s.spellings]
        return by_name[0] if len(by_name) == 1 else None


def read_roster(path: Path) -> Roster:
    """Read a class list: CSV with a header line, at least `student_id`.

    Raises:
        CourseError: it cannot be read, lacks the column, or names a student twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"the class list {path} cannot be read: {error}.") from error
    if not rows or "student_id" not in rows[0]:
        raise CourseError(f"the class list {path} needs a line per student with the columns {COLUMNS}.")
    students = []
    for number, row in enumerate(rows, start=2):
        values = {key: (row.get(key) or "").strip() for key in COLUMNS.split(",")}
        if not is_safe_id(values["student_id"]):
            raise CourseError(f"{path}, line {number}: {values['student_id']!r} is no student id: {ID_RULE}.")
        students.append(Student(values.pop("student_id"), **values))
    ids = [student.id for student in students]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise CourseError(f"the class list {path} has {', '.join(twice)} twice.")
    return Roster(students)


_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})

ID_RULE = "letters, digits and . _ @ - only, a letter or digit first, 100 at most"


def is_safe_id(text: str) -> bool:
    """Whether a student id can be the name of a folder everywhere."""
    return bool(re.fullmatch(r"[^\W_][\w.@-]{0,99}", text)) and not text.endswith(".")


def plain(name: str) -> str:
    """A name without accents, spaces, hyphens and capitals: "Zoë O'Hara" and "zoe-ohara" are the same."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_WITHOUT_DECOMPOSITION))
    return "".join(c for c in decomposed if c.isalnum())
