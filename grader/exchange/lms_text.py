"""What the commands say of files that go back to Moodle or Canvas."""

from __future__ import annotations

from grader.exchange.counted import counted
from grader.exchange.feedback_zip import FeedbackZip
from grader.exchange.fill_in import FilledIn
from grader.exchange.printable import printable

_UPLOAD_GRADES = {
    "Moodle": "In Moodle: the assignment's submissions, Upload grading worksheet.",
    "Canvas": "In Canvas: Grades, Import; the next page shows what changes.",
}
_UPLOAD_PAGES = {
    "Moodle": "In Moodle: the assignment's submissions, Upload multiple feedback files in a zip (the assignment's "
    "settings need the feedback type Feedback files).",
    "Canvas": "In Canvas: Grades, the assignment's menu, Upload Submissions. Canvas shows each page under the name of "
    "the file that was handed in, .ipynb: students save it, rename it to .html and open it in a browser.",
}


def filled_in_text(done: FilledIn, shown: str) -> str:
    """How many grades are in the file, and everybody whose is not."""
    lines = [f"Written: {shown}, {done.platform}'s file with {counted(len(done.filled), 'grade')}."]
    lines += [f"  left out: {student} ({why})" for student, why in done.left_out.items()]
    lines += [f"  no grade yet, as it was: {student} ({why})" for student, why in done.waiting.items()]
    lines += [f"  not plain whose line it is: {line}" for line in done.doubtful]
    lines += [f"  not in the gradebook: {name}" for name in done.strangers]
    lines += [f"  comment by somebody else, as it was: {student}" for student in done.other_comments]
    return _printable([*lines, _UPLOAD_GRADES[done.platform]])


def feedback_zip_text(done: FeedbackZip, shown: str) -> str:
    """How many students' pages are in the zip, whose are not, and which names differ from the download's."""
    lines = [f"Written: {shown}, pages of {counted(len(done.packed), 'student')}."]
    lines += [f"  left out: {student} ({why})" for student, why in done.left_out.items()]
    lines += [f"  renamed, as the platform would leave it out: {old} -> {new}" for old, new in done.renamed.items()]
    return _printable(lines + [_UPLOAD_PAGES[platform] for platform in sorted(done.platforms)])


def _printable(lines: list[str]) -> str:
    return "\n".join(map(printable, lines))
