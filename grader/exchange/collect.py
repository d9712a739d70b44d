"""`course collect`: take a download from Moodle or Canvas, or a folder per student, into the submissions.

Besides the notebook, the files that the assignment asks for by name come along, such as the weights of a net.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import nbformat

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.archive import Entry, opened
from grader.exchange.collected import Collected, Upload
from grader.exchange.collected_from import CollectedFile, collected_from, record
from grader.exchange.gradebook import assignments, find_or_none, notebooks_of, open_gradebook, require_released
from grader.exchange.notebook_names import is_called
from grader.exchange.plain_names import plain
from grader.exchange.platforms import without_wrapper
from grader.exchange.roster import Roster, Student, read_roster
from grader.exchange.sort_uploads import latest_notebooks, uploads_by_student
from grader.exchange.submission_times import SubmissionTimes, compare_with_marks, older_than_collected
from grader.exchange.take_submission import content_or_why, take

ANEW = "Moodle numbers students anew in each assignment: give a class list (--roster) to keep one id for each."
HIDDEN = (
    "The platform hides who handed in: their ids hold for this assignment alone. To know the students, give Moodle's "
    "grading worksheet (--roster) once identities are revealed, or a class list with a column participant."
)
OTHER_LIST = "Nothing was taken from anybody on the class list: is it the list of another course? It is not entered."
GROUPS = "Where a group handed in, the others get nothing yet: give a class list with a column groups."


def collect(
    course: CourseDir,
    assignment: str,
    source: Path,
    roster: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    times: bool | None = None,
) -> Collected:
    """Take the submissions to `assignment` out of a zip or folder.

    Args:
        source: a Moodle or Canvas download, packed or unpacked, or a folder with a folder per student.
        roster: class list (CSV: student_id, first_name, last_name, email, lms_id, groups; or a list of Moodle's or
            Canvas's). With it only these students are taken, under their ids; without it the platform's number or
            the folder's name is the id.
        columns: the header of the column for a field of the class list, where it is not found.
        times: whether the files' times are those of the submissions; if not, none is noted, and earlier ones are
            put away. None: where they may be those of packing, none is noted. Times of the class list come first.

    Raises:
        CourseError: the assignment is unknown, the download or the class list cannot be read, or a submission
            cannot be written.
    """
    require_released(course, assignment)
    students = read_roster(roster, columns) if roster else None
    report = Collected(assignment)
    with opened(source) as entries:
        if not entries:
            raise CourseError(f"{source} holds no files.")
        with open_gradebook(course) as gradebook:
            notebooks = [assignment] if course.is_ours else notebooks_of(gradebook, assignment)
        named = _handed_in_beside(course, assignment, notebooks)
        others = _called_otherwise(course, assignment, notebooks)
        inside = without_wrapper(entries)
        uploads, beside = uploads_by_student(inside, assignment, others, students, named, report)
        counting = {
            student: latest
            for student, of_student in uploads.items()
            if (latest := latest_notebooks(of_student, notebooks, report))
        }
        listed = students.submitted if students else None
        when = SubmissionTimes({student: latest.values() for student, latest in counting.items()}, listed, times)
        taken, files = {}, []
        for student, latest in counting.items():
            if _take_student(course, assignment, latest, beside.pop(student, {}), report, when):
                taken[student] = latest
                files += [_noted(source, entries, inside, one) for one in latest.values()]
    for alone in beside.values():
        report.unmatched |= {str(file.entry.path): "no notebook came with it" for file in alone.values()}
    everybody = [upload for latest in taken.values() for upload in latest.values()]
    _give_advice(everybody, students, report)
    if students and not files:
        report.advice.append(OTHER_LIST)
    if students and files:
        _name_other_ids(course, assignment, students, report)
    record(course, assignment, _one_per_group(files))
    with open_gradebook(course) as gradebook:
        anonymous = [upload.student for upload in everybody if upload.owner.anonymous]
        certain = students.students if students and files else []
        for one in {s.id: s for s in [*certain, *anonymous]}.values():
            _enter_student(gradebook, one, certain=students is not None)
        for upload in everybody if students is None else ():
            _enter_student(gradebook, upload.student, certain=False)
        known = [s.id for s in students.students] if students else [s.id for s in gradebook.students]
        report.missing = [s for s in known if not any(course.submitted(assignment, s, n).is_file() for n in notebooks)]
        late = {upload.student.id: upload.owner.late for upload in everybody if upload.owner.platform == "Canvas"}
        report.doubts += compare_with_marks(course, gradebook, assignment, late)
    report.advice += when.said()
    return report


def _noted(source: Path, entries: list[Entry], inside: list[Entry], upload: Upload) -> CollectedFile:
    """What is noted of a file that was taken, under the name that it has in the download."""
    original = next(one for one, other in zip(entries, inside, strict=True) if other is upload.entry)
    who = upload.owner
    name = f"{who.group}-{who.name}" if who.group else who.name
    students = upload.team or (upload.student.id,)
    return CollectedFile(str(original.path), students, who.platform, who.number, name, who.file, who.late)


def _one_per_group(files: list[CollectedFile]) -> list[CollectedFile]:
    """A group's file once, although each member has it."""
    return list(dict.fromkeys(files))


def _give_advice(uploads: list[Upload], students: Roster | None, report: Collected) -> None:
    report.stand_ins = list(
        dict.fromkeys(u.student.id for u in uploads if u.owner.anonymous and u.student.id == u.owner.stand_in)
    )
    for upload in uploads:
        if upload.team:
            report.teams[upload.owner.name] = list(upload.team)
    if report.stand_ins:
        report.advice.append(HIDDEN)
    if students is None and any(u.owner.platform == "Moodle" and not u.owner.anonymous for u in uploads):
        report.advice.append(ANEW)
    groups = list(dict.fromkeys(upload.student.id for upload in uploads if students and _may_be_group(upload)))
    if groups:
        report.advice.append(f"Another name than theirs stands in the download: {', '.join(groups)}. {GROUPS}")


def _name_other_ids(course: CourseDir, assignment: str, students: Roster, report: Collected) -> None:
    """Who was collected without the class list, under the platform's number, would be graded twice."""
    listed = {student.id for student in students.students} | set(report.stand_ins)
    earlier = {file.number for file in collected_from(course, assignment) if file.students == (file.number,)}
    others = sorted(one for one in earlier - listed if course.submitted(assignment, one).parent.is_dir())
    if others:
        report.doubts.append(
            f"collected earlier, and not on this class list ({len(others)}): {', '.join(others)}. If they are the same "
            f"people under other ids, remove these, with all their work: `rm -r {course.all_submitted}/ID`, "
            "`nbgrader db student remove ID --force`"
        )


def _may_be_group(upload: Upload) -> bool:
    """Whether the number is a student's and the name is not: Canvas writes a group's name so."""
    student = upload.student
    named = upload.owner.platform == "Canvas" and not upload.owner.anonymous and any(student.spellings)
    return named and not upload.team and plain(upload.owner.name) not in student.spellings


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


def _take_student(
    course: CourseDir,
    assignment: str,
    notebooks: dict[str, Upload],
    beside: dict[str, Upload],
    report: Collected,
    when: SubmissionTimes,
) -> bool:
    """Write what one student handed in, and report it; whether there is something."""
    uploads, student = [*notebooks.values()], next(iter(notebooks.values())).student.id
    files, modified = {}, []
    for target, upload in [
        *((course.submitted(assignment, student, name), upload) for name, upload in notebooks.items()),
        *((course.submitted(assignment, student).with_name(name), upload) for name, upload in beside.items()),
    ]:
        content, why = content_or_why(upload.entry)
        if content is None:
            report.unmatched[str(upload.entry.path)] = why
        else:
            files[target] = content
            modified.append(upload.entry.modified)
    if not any(course.submitted(assignment, student, name) in files for name in notebooks):
        return False
    handed_in = when.of(student, max(modified))
    older = older_than_collected(course, assignment, student, handed_in)
    taken = take(course, assignment, student, files, handed_in, certain=when.listed)
    if taken.refused:
        report.unmatched |= dict.fromkeys((str(upload.entry.path) for upload in uploads), taken.refused)
        return False
    if any(upload.owner.late for upload in uploads) and student not in report.late:
        report.late.append(student)
    called = [(name, upload) for name, upload in notebooks.items() if not is_called(upload.owner.file, name)]
    report.renamed += [name for _, upload in called if (name := str(upload.entry.path)) not in report.renamed]
    if taken.kept:
        report.replaced[student] = taken.kept[0]
        report.doubts += older
    else:
        (report.new if taken.changed else report.unchanged).append(student)
    return True


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
