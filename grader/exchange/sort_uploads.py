"""Which files of a download are whose, and which of a student's files count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import PurePosixPath

from grader.exchange.archive import Entry
from grader.exchange.collected import Collected, Upload
from grader.exchange.notebook_names import holds_notebook, is_called, may_be_notebook, says_notebook
from grader.exchange.platforms import KnownNames, Owner, known_names, owner
from grader.exchange.roster import ID_RULE, Roster, Student, is_safe_id
from grader.exchange.take_submission import content_or_why


def uploads_by_student(
    entries: list[Entry],
    assignment: str,
    others: list[str],
    roster: Roster | None,
    named: Collection[str],
    report: Collected,
) -> tuple[dict[str, list[Upload]], dict[str, dict[str, Upload]]]:
    """The notebooks of the download by student, and of the files `named` the latest of each; the rest is reported."""
    found: dict[str, list[Upload]] = defaultdict(list)
    beside: dict[str, dict[str, Upload]] = defaultdict(dict)
    known = known_names(entries, roster.people, roster.groups) if roster else KnownNames()
    for entry in entries:
        name = str(entry.path)
        who = owner(entry.path, assignment, known)
        asked = _asked_for(who.file, named) if who else ""
        if entry.refused:
            report.unmatched[name] = entry.refused
        elif not asked and not may_be_notebook(name):
            report.unmatched[name] = "not a notebook"
        elif who is None:
            report.unmatched[name] = "its name does not say whose it is"
        elif not asked and not says_notebook(who.file) and (why := _why_no_notebook(entry)):
            report.unmatched[name] = why
        elif other := next((other for other in others if is_called(who.file, other)), None):
            report.unmatched[name] = f"called like another assignment, {other}"
        elif len(students := _whose(who, roster)) == 1 or _is_team(who, roster):
            team = tuple(s.id for s in students) if _is_team(who, roster) else ()
            for student in students:
                upload = Upload(entry, who, student, team)
                if not asked:
                    found[student.id].append(upload)
                elif (before := beside[student.id].get(asked)) is None or before.place <= upload.place:
                    beside[student.id][asked] = upload
        elif students:
            report.unmatched[name] = "more than one of this name on the class list: give their lms_id"
        else:
            report.unmatched[name] = _why_nobody(who, roster)
    return found, beside


def _asked_for(file: str, named: Collection[str]) -> str:
    """Which of the files `named` this is, be it a copy or a resubmission; "" for none."""
    path = PurePosixPath(file)
    wanted = {PurePosixPath(name): name for name in named}
    return next((name for p, name in wanted.items() if p.suffix == path.suffix and is_called(file, p.stem)), "")


def _why_no_notebook(entry: Entry) -> str:
    """Why a file with the ending of a text is no notebook; '' where it is one."""
    content, why = content_or_why(entry)
    return why if content is None else "" if holds_notebook(content) else "not a notebook"


def _whose(who: Owner, roster: Roster | None) -> list[Student]:
    """The students whose file it is, as far as is known: one, or a group."""
    if roster and (students := roster.team(who) or roster.find(who)):
        return students
    if who.anonymous:
        return [Student(who.stand_in)]
    return [] if roster else _from_name(who)


def _is_team(who: Owner, roster: Roster | None) -> bool:
    return bool(roster and roster.team(who))


def _why_nobody(who: Owner, roster: Roster | None) -> str:
    if roster is None:
        return f"no student id: {ID_RULE}"
    return (
        "nobody is without a group on the class list: give it a column groups"
        if who.is_default_group
        else "nobody of this name on the class list"
    )


def _from_name(who: Owner) -> list[Student]:
    """A student without class list: the platform's number, or the folder's name, is the id."""
    number = (who.number or who.name).strip().replace(" ", "_")
    first, _, last = who.name.strip().rpartition(" ")
    return [Student(number, first, last)] if is_safe_id(number) and who.name.isprintable() else []


def latest_notebooks(files: list[Upload], notebooks: list[str], report: Collected) -> dict[str, Upload]:
    """The last attempt at each notebook among the files of one student; the others are named in the report."""
    if len(notebooks) == 1:
        latest = _latest_notebook(files, notebooks[0], report)
        return {notebooks[0]: latest} if latest else {}
    found: dict[str, Upload] = {}
    for upload in files:
        name = next((name for name in notebooks if is_called(upload.owner.file, name)), None)
        if name is None:
            report.unmatched[str(upload.entry.path)] = f"called like none of {', '.join(notebooks)}"
        elif name not in found or found[name].place <= upload.place:
            if name in found:
                _note_older(found[name], report)
            found[name] = upload
        else:
            _note_older(upload, report)
    return found


def _latest_notebook(files: list[Upload], assignment: str, report: Collected) -> Upload | None:
    """The last attempt among the files of one student; the others are named in the report."""
    matching = [upload for upload in files if is_called(upload.owner.file, assignment)]
    for upload in files:
        if upload not in matching and (matching or len(files) > 1):
            report.unmatched[str(upload.entry.path)] = f"not called {assignment}.ipynb"
    if not matching and len(files) > 1:
        return None
    candidates = sorted(matching or files, key=lambda upload: upload.place)
    for upload in candidates[:-1]:
        _note_older(upload, report)
    return candidates[-1]


def _note_older(upload: Upload, report: Collected) -> None:
    """Note a file that gives way to another one of the same student; a group's once."""
    if (name := str(upload.entry.path)) not in report.older:
        report.older.append(name)
