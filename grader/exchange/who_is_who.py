"""Which line of the platform's file is which student of the gradebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grader.exchange.collected_from import CollectedFile
from grader.exchange.lms_list import Line, LmsList
from grader.exchange.plain_names import plain
from grader.exchange.roster import Student


@dataclass(frozen=True)
class Doubt:
    """A line of which it is not plain whose it is, who could be meant, and why it is not plain."""

    line: Line
    students: tuple[str, ...]
    why: str


@dataclass
class WhoIsWho:
    """The lines that are known, by student, and those that are not.

    Attributes:
        unknown: lines of nobody in the gradebook.
    """

    lines: dict[str, Line] = field(default_factory=dict)
    doubtful: list[Doubt] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)


def who_is_who(found: LmsList, students: Sequence[Student], collected: Iterable[CollectedFile]) -> WhoIsWho:
    """Find the student of each line: by numbers and addresses, else by a name that only one has.

    A number says most where the download came with it. Moodle counts participants anew in each assignment, and gives
    teams numbers of their own, so there it counts only with the name that the download had.
    """
    by_number = {(file.platform, file.number): file for file in collected if len(file.students) == 1}
    names = Counter(plain(line.name) for line in found.lines)
    by_name: dict[str, list[str]] = {}
    for student in students:
        for spelling in set(student.spellings) - {""}:
            by_name.setdefault(spelling, []).append(student.id)
    claims: dict[str, list[Line]] = {}
    result = WhoIsWho()
    for line in found.lines:
        file = by_number.get((found.platform, line.number))
        meant = _by_numbers(line, students, found, file)
        if not meant and line.name:
            meant = by_name.get(plain(line.name), [])
            if meant and names[plain(line.name)] > 1:
                why = "several lines have this name, and nothing else tells them apart"
                result.doubtful.append(Doubt(line, tuple(meant), why))
                continue
        if len(meant) > 1:
            result.doubtful.append(Doubt(line, tuple(meant), f"it could be {' or '.join(sorted(meant))}"))
        elif meant:
            claims.setdefault(meant[0], []).append(line)
        else:
            result.unknown.append(line)
    for one, lines in claims.items():
        if len(lines) == 1:
            result.lines[one] = lines[0]
        else:
            result.doubtful += [Doubt(line, (one,), f"{one} has several lines") for line in lines]
    return result


def _by_numbers(line: Line, students: Sequence[Student], found: LmsList, file: CollectedFile | None) -> list[str]:
    """The students whom a number or an address of the line names."""
    meant = [one.id for one in students if _is_named(one, line, found)]
    if file and _same_name(file.name, line.name or found.hidden):
        meant.append(file.students[0])
    return list(dict.fromkeys(meant))


def _is_named(student: Student, line: Line, found: LmsList) -> bool:
    if found.platform == "Canvas" and student.lms_id == line.number:
        return True
    if found.platform == "Canvas" and student.id == line.number:  # no class list was there, or ids of one's own
        return not any(student.spellings) or plain(line.name) in student.spellings
    ids = {one.casefold() for one in (student.id, student.email, student.lms_id) if one}
    return bool(ids & line.keys)


def _same_name(in_download: str, in_file: str) -> bool:
    """Moodle puts the name of the group before that of the person."""
    wanted = plain(in_file)
    return bool(wanted) and plain(in_download).endswith(wanted)
