"""Groups of answers that are nearly the same: a hint to look at two answers side by side, and never a verdict.

Fingerprints by winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003) of tokens without names and comments.
"""

from __future__ import annotations

import io
import keyword
import tokenize
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, zip_longest

import nbformat

from course_lib.repair.reference import grade_id
from grader.course_dir import CourseDir
from grader.exchange.batch import load, students_with
from grader.exchange.reasons import reason

GRAM, WINDOW, FEWEST, COMMON, ALIKE = 8, 4, 40, 0.2, 0.6
"""Tokens of a fingerprint; fingerprints of a window; tokens from which on an answer says anything; the share of a class
from which on what they have in common is the obvious way; the share of the shorter one's fingerprints that is alike.

With these, the 9 to 16 different answers to each of 50 exercises of modules 01 to 03, each once, give 8 groups in 7
exercises; of 49 copies with other names in a class of 100, 45 are found; 300 students take 2 s at most for a module.
"""

_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Aligned:
    """A line of two answers; '' where one of them has nothing there.

    Attributes:
        alike: whether they differ in names, comments and layout at most.
    """

    left: str
    right: str
    alike: bool


@dataclass(frozen=True)
class SimilarAnswers:
    """Students whose answers are nearly the same; there are innocent reasons for that, so a person reads them.

    Attributes:
        share: of the fingerprints of the shorter of the closest two, how many are in the other, and not in many more.
        closest: the two who have the most in common.
        lines: the answers of these two, side by side.
    """

    exercise: str
    students: tuple[str, ...]
    share: float
    closest: tuple[str, str]
    lines: tuple[Aligned, ...]


@dataclass(frozen=True)
class Compared:
    """What comparing a class's answers gave.

    Attributes:
        unread: students whose graded notebook could not be read, and why.
    """

    groups: list[SimilarAnswers]
    unread: dict[str, str]


def similar_answers(course: CourseDir, assignment: str) -> Compared:
    """Groups of nearly identical answers in code, exercise by exercise, read off the graded notebooks.

    Raises:
        CourseError: the gradebook cannot be read.
    """
    found: list[SimilarAnswers] = []
    unread: dict[str, str] = {}
    for loaded in load(course, assignment):
        part = loaded.part
        answers: dict[str, dict[str, str]] = defaultdict(dict)
        for student in students_with(course, assignment):
            path = course.autograded(assignment, student, part.notebook)
            if not path.is_file():
                continue
            try:
                cells = nbformat.read(path, as_version=4).cells
            except Exception as error:  # nbformat raises whatever the damage leads to; the others are compared
                unread[student] = reason(error)
                continue
            for cell in cells:
                answers[grade_id(cell)][student] = cell.source
        given = "\n".join(cell.shown for cell in loaded.reference.cells if cell.kind == "code")
        for cell in loaded.reference.cells:
            if cell.solution and cell.kind == "code":
                name = f"{part.notebook}/{cell.name}" if part.others else cell.name
                found += similar(name, answers[cell.name], given)
    return Compared(found, unread)


def similar(exercise: str, answers: Mapping[str, str], given: str = "") -> list[SimilarAnswers]:
    """Groups of nearly identical answers to one exercise, the most alike first.

    Args:
        answers: by student.
        given: the text that was handed out, which is nobody's own.
    """
    released = set(_grams(_tokens(given)))
    marks = {
        student: _winnowed(tokens) - released
        for student, text in answers.items()
        if len(tokens := _tokens(text)) >= FEWEST
    }
    owners: dict[int, list[str]] = defaultdict(list)
    for student in sorted(marks):
        for mark in marks[student]:
            owners[mark].append(student)
    most = max(3, COMMON * len(answers))  # what many write is the obvious way
    rare = {student: {mark for mark in own if len(owners[mark]) <= most} for student, own in marks.items()}
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for students in owners.values():
        if len(students) <= most:
            for pair in combinations(students, 2):
                shared[pair] += 1
    # Of all that the shorter one wrote: a few rare marks among many common ones are no hint.
    shares = {pair: n / max(1, min(len(marks[pair[0]]), len(marks[pair[1]]))) for pair, n in shared.items()}
    alike = {pair: share for pair, share in shares.items() if share >= ALIKE and min(len(rare[s]) for s in pair) > 3}
    groups: list[set[str]] = []
    for pair in alike:
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touching] + [set(pair).union(*touching)]
    found = []
    for group in groups:
        names = tuple(sorted(group))
        closest = max((pair for pair in alike if set(pair) <= group), key=lambda pair: alike[pair])
        lines = side_by_side(*(answers[name] for name in closest))
        found.append(SimilarAnswers(exercise, names, alike[closest], closest, tuple(lines)))
    return sorted(found, key=lambda one: (-one.share, one.students))


def side_by_side(left: str, right: str) -> list[Aligned]:
    """The lines of two answers, those that differ in names, comments and layout at most beside each other."""
    ours, theirs = left.splitlines(), right.splitlines()
    ours_plain, theirs_plain = ([tuple(_tokens(line)) for line in lines] for lines in (ours, theirs))
    found: list[Aligned] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, ours_plain, theirs_plain, autojunk=False).get_opcodes():
        pairs = zip_longest(ours[i1:i2], theirs[j1:j2], fillvalue="")
        found += [Aligned(one, other, alike=kind == "equal") for one, other in pairs]
    return found


def _tokens(text: str) -> list[str]:
    """The tokens of an answer: names are all one, literals stay, comments and layout are left out."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in _LAYOUT:
                name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
                found.append("name" if name else token.string)
    except (tokenize.TokenError, SyntaxError):
        pass  # what could be read counts
    return found


def _grams(tokens: list[str]) -> list[int]:
    return [zlib.crc32("\0".join(tokens[at : at + GRAM]).encode()) for at in range(len(tokens) - GRAM + 1)]


def _winnowed(tokens: list[str]) -> set[int]:
    grams = _grams(tokens)
    return {min(grams[at : at + WINDOW]) for at in range(max(1, len(grams) - WINDOW + 1))} if grams else set()
