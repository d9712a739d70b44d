"""The class list: which student id belongs to a name or a number of the learning platform."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
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

    def find(self, owner: Owner) -> list[Student]:
        """The students with this number or id, else of this name: one, where it is plain whose the file is."""
        numbered = [s for s in self.students if owner.number in (s.id, s.lms_id) and _agree(s, owner)]
        wanted = plain(owner.name or owner.number)
        return numbered or [s for s in self.students if wanted and wanted in s.spellings]


def _agree(student: Student, owner: Owner) -> bool:
    """Whether a number that is the same says that the student is the same.

    Canvas' numbers are its own for ever. Moodle's count anew in each assignment, and might be another student's id:
    there, the name must be the same too.
    """
    if owner.platform == "Canvas" and owner.number == student.lms_id:
        return True
    return not owner.name or not any(student.spellings) or plain(owner.name) in student.spellings


def read_roster(path: Path) -> Roster:
    """Read a class list: CSV with a header line, at least `student_id`; commas, semicolons or tabs between values.

    Raises:
        CourseError: it cannot be read, lacks the column, or has an id or a number of the platform twice.
    """
    text = _text_of_list(path)
    header = text.lstrip().partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    students: list[Student] = []
    try:
        reader.fieldnames = [name.strip().lower().replace(" ", "_") for name in reader.fieldnames or ()]
        for row in reader:
            if any(row.pop(None, ())):  # DictReader's key for what is beyond the header
                raise CourseError(f"{path}, line {reader.line_num}: there are more values than columns.")
            values = {key: (value or "").strip() for key, value in row.items()}
            if any(values.values()):  # spreadsheets write empty lines as commas
                students.append(_student_of_line(values, path, reader.line_num))
    except csv.Error as error:
        raise CourseError(f"the class list {path} cannot be read: line {reader.line_num}: {error}.") from error
    if not students or "student_id" not in reader.fieldnames:
        raise CourseError(f"the class list {path} needs a line per student with the columns {COLUMNS}.")
    _require_different_ids(path, [student.id for student in students])
    _require_different_ids(path, [student.lms_id for student in students if student.lms_id])
    return Roster(students)


def _text_of_list(path: Path) -> str:
    """The text of a class list, also as spreadsheets write it: with a mark at its beginning, or in UTF-16."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"the class list {path} cannot be read: {error.strerror}.") from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CourseError(f"the class list {path} is a spreadsheet: save it as CSV (in Excel: CSV UTF-8).")
    try:
        return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"the class list {path} is no UTF-8 text: save it as CSV UTF-8.") from None


def _student_of_line(values: dict[str, str], path: Path, line: int) -> Student:
    name = values.get("student_id", "")
    if "student_id" in values and not is_safe_id(name):
        raise CourseError(f"{path}, line {line}: {name!r} is no student id: {ID_RULE}.")
    return Student(name, *(values.get(key, "") for key in COLUMNS.split(",")[1:]))


def _require_different_ids(path: Path, ids: list[str]) -> None:
    """On some computers folders that differ in capitals only are the same one."""
    counts = Counter(map(str.casefold, ids))
    if twice := sorted({one for one in ids if counts[one.casefold()] > 1}):
        raise CourseError(f"the class list {path} has {', '.join(twice)} twice.")


_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})

ID_RULE = "letters, digits and . _ @ - only, a letter or digit first, 100 at most"


def is_safe_id(text: str) -> bool:
    """Whether a student id can be the name of a folder everywhere."""
    return bool(re.fullmatch(r"[^\W_][\w.@-]{0,99}", text)) and not text.endswith(".")


def plain(name: str) -> str:
    """A name without accents, spaces, hyphens and capitals: "Zoë O'Hara" and "zoe-ohara" are the same."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_WITHOUT_DECOMPOSITION))
    return "".join(c for c in decomposed if c.isalnum())
