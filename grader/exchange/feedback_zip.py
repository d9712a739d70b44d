"""`course feedback --zip DOWNLOAD`: the pages in a zip that the platform which made the download takes back."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.archive import opened
from grader.exchange.cells_in_place import read_sheets
from grader.exchange.collected_from import CollectedFile, collected_from
from grader.exchange.fill_in import students_of
from grader.exchange.gradebook import notebooks_of, open_gradebook
from grader.exchange.moodle_worksheet import moodle_worksheet
from grader.exchange.names_taken_back import TakenBack, canvas_name, canvas_page, moodle_name
from grader.exchange.notebook_names import is_called
from grader.exchange.plain_names import plain
from grader.exchange.scores import Scores, scores
from grader.exchange.who_is_who import who_is_who
from grader.whole_files import write_named

_BEGINNING_OF_1980 = (1980, 1, 1, 0, 0, 0)  # the same pages make the same zip


@dataclass
class FeedbackZip:
    """The zip that was written, and whose pages are in it.

    Attributes:
        packed: the names in the zip, by student; of a group's one file in Canvas, all members have the same.
        left_out: students with a page that is not in the zip, and why.
        renamed: names of the download that the platform would not understand, and those in the zip.
    """

    path: Path
    platforms: set[str] = field(default_factory=set)
    packed: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)


def feedback_zip(
    course: CourseDir,
    assignment: str,
    students: Collection[str],
    download: Path,
    out: Path | None = None,
    worksheet: Path | None = None,
) -> FeedbackZip:
    """Pack the pages of `students` under the names that their submissions had in `download`.

    Args:
        download: the zip or folder that was collected last.
        out: the zip to write; `ASSIGNMENT-feedback.zip` beside the exported grades by default.
        worksheet: Moodle's grading worksheet, which has the members' numbers where teams handed in.

    Raises:
        CourseError: nothing of it was collected, or a file cannot be read or written.
    """
    collected = collected_from(course, assignment)
    with opened(download) as entries:
        there = {str(entry.path) for entry in entries}
    files = [file for file in collected if file.path in there and file.platform in ("Moodle", "Canvas")]
    if not files:
        raise CourseError(
            f"nothing in {download} was collected from Moodle or Canvas for {assignment}: give the download that was "
            f"collected last, or run `course collect {assignment} {download}` first."
        )
    packing = _Packing(course, assignment, FeedbackZip(out or course.grades.with_name(f"{assignment}-feedback.zip")))
    packing.common_names = {name for name, n in Counter(file.name for file in files).items() if n > 1}
    numbers = _participants(course, worksheet, collected) if worksheet else None
    for file in files:
        members = [student for student in file.students if student in students]
        if file.platform == "Moodle":
            packing.for_moodle(file, members, numbers)
        elif members:
            packing.for_canvas(file, members)
    result = packing.result
    result.platforms = {file.platform for file in files}
    result.left_out |= {
        student: "the download has no file of theirs"
        for student in students
        if student not in result.packed and student not in result.left_out
    }
    write_named(result.path, _zipped(packing.pages))
    return result


class _Packing:
    """Which page goes into the zip under which name."""

    def __init__(self, course: CourseDir, assignment: str, result: FeedbackZip) -> None:
        self.course, self.assignment, self.result = course, assignment, result
        self.pages: dict[str, Path] = {}
        with open_gradebook(course) as gradebook:
            self.notebooks = notebooks_of(gradebook, assignment)
        self.table: Scores = scores(course, assignment)
        self.students = {one.id: one for one in students_of(course)}
        self.common_names: set[str] = set()

    def for_moodle(
        self, file: CollectedFile, members: list[str], numbers: Mapping[str, tuple[str, str]] | None
    ) -> None:
        """Each student's pages under a number of their own: Moodle gives a page to one participant, in teams too."""
        for student in members:
            if numbers is not None and student not in numbers:
                self.result.left_out[student] = "not in the worksheet"
            elif numbers is None and not self._is_participants(file):
                self.result.left_out[student] = (
                    f"a team handed in {file.path}, whose number Moodle would take for a participant's: give the "
                    "assignment's grading worksheet with --worksheet"
                )
            elif (name := moodle_name(file.path, numbers[student] if numbers else None)) is None:
                self.result.left_out[student] = f"{file.path} is no name of Moodle's"
            else:
                for notebook in self.notebooks:
                    self._pack([student], notebook, name, f"{notebook}.html")

    def for_canvas(self, file: CollectedFile, members: list[str]) -> None:
        """One page for each file that was handed in: Canvas shows it to all members of a group."""
        name = canvas_name(file.path, file.number)
        if name is None:
            self.result.left_out |= dict.fromkeys(members, f"{file.path} is no name of Canvas's")
        elif not self._have_the_same_points(members):
            why = f"{', '.join(members)} have different points, and Canvas would show all of them one page"
            self.result.left_out |= dict.fromkeys(members, why)
        else:
            notebook = next((one for one in self.notebooks if is_called(file.file, one)), self.notebooks[0])
            self._pack(self._representative_first(file, members), notebook, name, canvas_page(notebook))

    def _pack(self, students: list[str], notebook: str, name: TakenBack, page: str) -> None:
        """Put the first student's page into the zip, for all of them."""
        made = self.course.feedback(self.assignment, students[0], notebook)
        if not made.is_file():
            return
        self.pages[name.before + page] = made
        if name.instead_of:
            self.result.renamed[name.instead_of] = name.before + page
        for student in students:
            names = self.result.packed.setdefault(student, [])
            names += [name.before + page] if name.before + page not in names else []

    def _is_participants(self, file: CollectedFile) -> bool:
        """Whether a number is a participant's and not a team's: the name is that person's, or hides all persons."""
        student = self.students[file.students[0]]
        name = plain(file.name)
        theirs = any(one and name.endswith(one) for one in student.spellings) or not any(student.spellings)
        return len(file.students) == 1 and (theirs or file.name in self.common_names)

    def _have_the_same_points(self, members: list[str]) -> bool:
        rows = [self.table.of(student) for student in members]
        return all((row.points, row.total) == (rows[0].points, rows[0].total) for row in rows)

    def _representative_first(self, file: CollectedFile, members: list[str]) -> list[str]:
        """The member whose number the file has before the others."""
        theirs = {one for one in members if file.number in (one, self.students[one].lms_id)}
        return sorted(members, key=lambda student: student not in theirs)


def _participants(course: CourseDir, worksheet: Path, collected: Iterable[CollectedFile]) -> dict[str, tuple[str, str]]:
    """The name and the number of each student as a participant."""
    for sheet in read_sheets(worksheet):
        if found := moodle_worksheet(sheet):
            lines = who_is_who(found, students_of(course), collected).lines
            return {student: (line.name or found.hidden, line.number) for student, line in lines.items()}
    raise CourseError(f"{worksheet} is not Moodle's grading worksheet.")


def _zipped(pages: Mapping[str, Path]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in sorted(pages):
            file.writestr(zipfile.ZipInfo(name, _BEGINNING_OF_1980), pages[name].read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()
