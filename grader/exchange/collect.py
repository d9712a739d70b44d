"""`course collect`: take a download from Moodle or Canvas, or a folder per student, into the submissions.

Besides the notebook, the files that the assignment asks for by name come along, such as the weights of a net.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.archive import MAX_FILE, UNREADABLE, Entry, TooLarge, opened
from grader.exchange.gradebook import assignments, find_or_none, notebooks_of, open_gradebook, require_released
from grader.exchange.kinds import is_of_one_place, is_plain_file
from grader.exchange.platforms import Owner, attempt, is_called, owner, without_wrapper
from grader.exchange.roster import ID_RULE, Roster, Student, is_safe_id, read_roster
from grader.whole_files import replacing

ANEW = "Moodle numbers students anew in each assignment: give a class list (--roster) to keep one id for each."


@dataclass
class Collected:
    """What a download held.

    Attributes:
        new: students whose first submission this is.
        replaced: students whose earlier submission was another one, and where that one is kept.
        unchanged: students who had handed in the same file already.
        late: students whom the platform marks as late.
        older: files that a later one of the same student replaces.
        unmatched: files that were not taken, with the reason.
        renamed: files that are taken although they are not called like the assignment.
        advice: what would have served better, in a sentence ('' if nothing).
    """

    assignment: str
    new: list[str] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    unmatched: dict[str, str] = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    advice: str = ""


@dataclass(frozen=True)
class _Upload:
    entry: Entry
    owner: Owner
    student: Student

    @property
    def place(self) -> tuple[Any, ...]:
        """A later one is larger."""
        return attempt(self.owner.file), self.entry.modified


def collect(course: CourseDir, assignment: str, source: Path, roster: Path | None = None) -> Collected:
    """Take the submissions to `assignment` out of a zip or folder.

    Args:
        source: a Moodle or Canvas download, packed or unpacked, or a folder with a folder per student.
        roster: class list (CSV: student_id, first_name, last_name, email, lms_id). With it only these students are
            taken, under their ids; without it the platform's number or the folder's name is the id.

    Raises:
        CourseError: the assignment is unknown, the download or the class list cannot be read, or a submission
            cannot be written.
    """
    require_released(course, assignment)
    students = read_roster(roster) if roster else None
    report = Collected(assignment)
    with opened(source) as entries:
        if not entries:
            raise CourseError(f"{source} holds no files.")
        with open_gradebook(course) as gradebook:
            notebooks = [assignment] if course.is_ours else notebooks_of(gradebook, assignment)
        named = _handed_in_beside(course, assignment, notebooks)
        others = _called_otherwise(course, assignment, notebooks)
        uploads, beside = _uploads(without_wrapper(entries), assignment, others, students, named, report)
        taken = {}
        for name, files in uploads.items():
            for notebook, upload in _latest_notebooks(files, notebooks, report).items():
                _take_upload(course, assignment, notebook, upload, beside.pop(name, {}), report)
                taken[upload.student.id] = upload.student
                if students is None and upload.owner.platform == "Moodle":
                    report.advice = ANEW
    for alone in beside.values():
        report.unmatched |= {str(file.entry.path): "no notebook came with it" for file in alone.values()}
    with open_gradebook(course) as gradebook:
        for student in students.students if students else taken.values():
            _enter_student(gradebook, student, certain=students is not None)
    return report


def _handed_in_beside(course: CourseDir, assignment: str, notebooks: Collection[str]) -> tuple[str, ...]:
    """The files that this assignment asks for beside its notebooks: `hand_in:` in the header of its source."""
    paths = [path for name in notebooks if (path := course.solution(assignment, name)).is_file()]
    about = [nbformat.read(path, as_version=4).metadata.get("course", {}) for path in paths]
    return tuple(dict.fromkeys(str(file) for part in about for file in part.get("hand_in", ())))


def _called_otherwise(course: CourseDir, assignment: str, notebooks: Collection[str]) -> list[str]:
    """The names of the notebooks of other assignments, as far as none of this one has that name."""
    others = [other for other in assignments(course) if other != assignment]
    names = [name for other in others for name in ([other] if course.is_ours else course.source_notebooks(other))]
    return [name for name in dict.fromkeys(names) if name not in notebooks]


def _uploads(
    entries: Iterable[Entry],
    assignment: str,
    others: list[str],
    roster: Roster | None,
    named: Collection[str],
    report: Collected,
) -> tuple[dict[str, list[_Upload]], dict[str, dict[str, _Upload]]]:
    """The notebooks of the download by student, and of the files `named` the latest of each; the rest is reported."""
    found: dict[str, list[_Upload]] = defaultdict(list)
    beside: dict[str, dict[str, _Upload]] = defaultdict(dict)
    for entry in entries:
        name = str(entry.path)
        who = owner(entry.path, assignment)
        asked = _asked_for(who.file, named) if who else ""
        if entry.refused:
            report.unmatched[name] = entry.refused
        elif entry.path.suffix.lower() != ".ipynb" and not asked:
            report.unmatched[name] = "not a notebook"
        elif who is None:
            report.unmatched[name] = "its name does not say whose it is"
        elif other := next((other for other in others if is_called(who.file, other)), None):
            report.unmatched[name] = f"called like another assignment, {other}"
        elif len(students := roster.find(who) if roster else _from_name(who)) == 1:
            upload = _Upload(entry, who, students[0])
            if not asked:
                found[upload.student.id].append(upload)
            elif (known := beside[upload.student.id].get(asked)) is None or known.place <= upload.place:
                beside[upload.student.id][asked] = upload
        elif students:
            report.unmatched[name] = "more than one of this name on the class list: give their lms_id"
        else:
            report.unmatched[name] = "nobody of this name on the class list" if roster else f"no student id: {ID_RULE}"
    return found, beside


def _asked_for(file: str, named: Collection[str]) -> str:
    """Which of the files `named` this is, be it a copy or a resubmission; "" for none."""
    path = PurePosixPath(file)
    wanted = {PurePosixPath(name): name for name in named}
    return next((name for p, name in wanted.items() if p.suffix == path.suffix and is_called(file, p.stem)), "")


def _from_name(who: Owner) -> list[Student]:
    """A student without class list: the platform's number, or the folder's name, is the id."""
    number = who.number.strip().replace(" ", "_")
    first, _, last = who.name.strip().rpartition(" ")
    return [Student(number, first, last)] if is_safe_id(number) and who.name.isprintable() else []


def _latest_notebooks(files: list[_Upload], notebooks: list[str], report: Collected) -> dict[str, _Upload]:
    """The last attempt at each notebook among the files of one student; the others are named in the report."""
    if len(notebooks) == 1:
        latest = _latest_notebook(files, notebooks[0], report)
        return {notebooks[0]: latest} if latest else {}
    found: dict[str, _Upload] = {}
    for upload in files:
        name = next((name for name in notebooks if is_called(upload.owner.file, name)), None)
        if name is None:
            report.unmatched[str(upload.entry.path)] = f"called like none of {', '.join(notebooks)}"
        elif name not in found or found[name].place <= upload.place:
            report.older += [str(found[name].entry.path)] if name in found else []
            found[name] = upload
        else:
            report.older.append(str(upload.entry.path))
    return found


def _latest_notebook(files: list[_Upload], assignment: str, report: Collected) -> _Upload | None:
    """The last attempt among the files of one student; the others are named in the report."""
    matching = [upload for upload in files if is_called(upload.owner.file, assignment)]
    for upload in files:
        if upload not in matching and (matching or len(files) > 1):
            report.unmatched[str(upload.entry.path)] = f"not called {assignment}.ipynb"
    if not matching and len(files) > 1:
        return None
    candidates = sorted(matching or files, key=lambda upload: upload.place)
    report.older += [str(upload.entry.path) for upload in candidates[:-1]]
    return candidates[-1]


def _take_upload(
    course: CourseDir, assignment: str, notebook: str, upload: _Upload, beside: dict[str, _Upload], report: Collected
) -> None:
    """Write a student's notebook and the files beside it; what was there before, whatever it is, is kept elsewhere."""
    name, student = str(upload.entry.path), upload.student.id
    if (data := _content_of_upload(upload, report)) is None:
        return
    if upload.owner.late and student not in report.late:
        report.late.append(student)
    if not is_called(upload.owner.file, notebook):
        report.renamed.append(name)
    target = course.submitted(assignment, student, notebook)
    others = {file: content for file, one in beside.items() if (content := _content_of_upload(one, report)) is not None}
    new = {target: data} | {target.with_name(file): content for file, content in others.items()}
    known = os.path.lexists(target)
    try:
        changed = {path: content for path, content in new.items() if not _has_content(path, content)}
        if known and not changed:
            _note(report.unchanged, student, report)
            return
        kept = [_keep_earlier(course, assignment, student, path) for path in changed if os.path.lexists(path)]
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(changed):
            pass
        if known:
            report.replaced[student] = kept[0] if kept else target
            report.unchanged = [other for other in report.unchanged if other != student]
        else:
            _note(report.new, student, report)
    except OSError as error:
        if is_of_one_place(error) and course.all_submitted.is_dir():
            report.unmatched[name] = f"{target} cannot be written: {error.strerror}"
            return
        raise CourseError(f"{target} cannot be written: {error.strerror}.") from error


def _note(kind: list[str], student: str, report: Collected) -> None:
    """Note a student once: of several notebooks, one that is new or replaced counts for more than one that is not."""
    if student in report.new or student in report.replaced or student in kind:
        return
    if kind is report.new and student in report.unchanged:
        report.unchanged.remove(student)
    kind.append(student)


def _content_of_upload(upload: _Upload, report: Collected) -> bytes | None:
    """What the file holds; None, and told, where it cannot be read."""
    name = str(upload.entry.path)
    try:
        return upload.entry.read()
    except TooLarge:
        report.unmatched[name] = f"larger than {MAX_FILE // 2**20} MB"
    except UNREADABLE as error:
        report.unmatched[name] = f"damaged: {error}"
    return None


def _has_content(path: Path, content: bytes) -> bool:
    return is_plain_file(path) and path.read_bytes() == content


def _keep_earlier(course: CourseDir, assignment: str, student: str, old: Path) -> Path:
    """Move an earlier file out of the way, to where nothing is ever overwritten."""
    when = datetime.fromtimestamp(old.lstat().st_mtime).strftime("%Y-%m-%d_%H-%M-%S")
    folder = course.work / "replaced" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{when}{old.suffix}", *(f"{when}_{n}{old.suffix}" for n in range(2, 1000))]
    kept = next(folder / name for name in names if not os.path.lexists(folder / name))
    shutil.move(old, kept)
    return kept


def _enter_student(gradebook: Any, student: Student, *, certain: bool) -> None:
    """Enter a student. A class list is certain; a name read off a file fills in only what the gradebook lacks."""
    known = find_or_none(gradebook.find_student, student.id)
    values = {
        "first_name": student.first_name,
        "last_name": student.last_name,
        "email": student.email,
        "lms_user_id": student.lms_id,
    }
    wanted = {key: value for key, value in values.items() if value and (certain or not getattr(known, key, None))}
    gradebook.update_or_create_student(student.id, **wanted)
