"""Moodle's grading worksheet: which column is which, whatever the language of the site.

The order of the columns is Moodle's own (`mod/assign/gradingtable.php`): identifier, name, what else identifies a
person, status, grade, maximum, whether the grade can be changed, dates, comments. Which of them are there depends on
the assignment and the site.
"""

from __future__ import annotations

import re

from course_lib.errors import CourseError
from grader.exchange.cells_in_place import Sheet
from grader.exchange.lms_list import Line, LmsList, number_in

_IDENTIFIER = re.compile(r"(?P<word>\D*)(?P<number>\d+)")
_MAXIMUM = {
    *("maximum grade", "bestwertung", "note maximale", "calificación máxima", "nota máxima", "valutazione massima"),
    *("maximum cijfer", "maximumcijfer", "maximalt betyg", "maksymalna ocena", "最高成绩", "最大評点"),
}
_COMMENTS = {
    *("feedback comments", "feedback par commentaires", "comentarios de retroalimentación"),
    "feedback als kommentar",  # codespell:ignore als
    *("comentários de feedback", "commenti", "feedback opmerkingen", "feedbackcommentaar", "återkopplingskommentarer"),
}
_STATUS = {"status", "statut", "estado", "stato", "estat", "stav", "állapot", "tila", "статус", "état", "状态", "状態"}
_YES = {
    *("yes", "ja", "oui", "sí", "si", "sì", "sim", "tak", "ano", "áno", "igen", "kyllä", "da", "taip", "jah", "jā"),
    *("evet", "bai", "да", "так", "ναι", "是", "はい", "예", "نعم"),
}
_NO = {
    *("no", "nein", "non", "não", "nee", "nej", "nei", "nie", "ne", "nem", "ei", "nu", "nē", "hayır", "ez", "нет"),
    *("ні", "όχι", "否", "いいえ", "아니오", "لا"),
}
IN_ENGLISH = "download the worksheet again with the site in English"


def moodle_worksheet(sheet: Sheet) -> LmsList | None:
    """The worksheet's lines and columns; None where the file is none.

    Raises:
        CourseError: it is one, but a column cannot be told from the others.
    """
    rows = range(1, len(sheet.rows))
    width = len(sheet.rows[0])
    identifiers = [_IDENTIFIER.fullmatch(sheet.value(row, 0)) for row in rows]
    if width < 5 or not identifiers or any(len(sheet.rows[row]) != width for row in rows):
        return None
    words = {match["word"] for match in identifiers if match}
    if not all(identifiers) or len(words) != 1:
        return None
    if (maximum := _column_of_maximum(sheet)) is None:
        return None
    most = number_in(sheet.value(1, maximum))
    if most is None or most <= 0:
        raise CourseError(
            f"the worksheet has {sheet.value(1, maximum)!r} for a maximum: points cannot be written into an assignment "
            "that Moodle grades by a scale, or not at all."
        )
    grade, changeable = maximum - 1, _column_of_yes_and_no(sheet, maximum)
    named = grade > 2 and sheet.value(0, 1).casefold() not in _STATUS  # hidden names leave their column out
    lines = [
        Line(
            row,
            match["number"],
            _without_tags(sheet.value(row, 1)) if named else "",
            frozenset(value.casefold() for value in sheet.values(row)[2:grade] if value) if named else frozenset(),
            closed=_why_closed(sheet, row, changeable),
        )
        for row, match in zip(rows, identifiers, strict=True)
        if match
    ]
    comments = _column_of_comments(sheet, changeable)
    comma = "," in sheet.value(1, maximum)
    return LmsList("Moodle", lines, grade, most, comments, comma, "" if named else words.pop())


def _column_of_maximum(sheet: Sheet) -> int | None:
    """By its name, or as the one column in which all have the same number, with grades to its left."""
    names = [name.casefold() for name in sheet.values(0)]
    found = [column for column in range(2, len(names)) if names[column] in _MAXIMUM]
    if not found:
        found = [column for column in range(2, len(names)) if _is_maximum(sheet, column)]
    return found[0] if len(found) == 1 else None


def _is_maximum(sheet: Sheet, column: int) -> bool:
    values = {sheet.value(row, column) for row in range(1, len(sheet.rows))}
    before = {sheet.value(row, column - 1) for row in range(1, len(sheet.rows))}
    return len(values) == 1 and bool(number_in(values.pop())) and all(_is_grade(value) for value in before)


def _is_grade(value: str) -> bool:
    return value in ("", "-") or number_in(value) is not None


def _column_of_yes_and_no(sheet: Sheet, maximum: int) -> int:
    """Whether grades can be changed stands behind the maximum, or behind the state of the marking."""
    for column in (maximum + 1, maximum + 2):
        words = {sheet.value(row, column).casefold() for row in range(1, len(sheet.rows))}
        if words <= _YES | _NO:
            return column
    raise CourseError(
        f"which grades of the worksheet can be changed is not plain from its column "
        f"{sheet.value(0, maximum + 1)!r}: {IN_ENGLISH}."
    )


def _column_of_comments(sheet: Sheet, after: int) -> int | None:
    """By its name, or as the last column where one is empty: the dates before it never are."""
    names = [name.casefold() for name in sheet.values(0)]
    named = [column for column in range(after + 1, len(names)) if names[column] in _COMMENTS]
    last = len(names) - 1
    empty = last > after and any(not sheet.value(row, last) for row in range(1, len(sheet.rows)))
    return named[0] if named else last if empty else None


def _why_closed(sheet: Sheet, row: int, changeable: int) -> str:
    if sheet.value(row, changeable).casefold() in _YES:
        return ""
    return "Moodle says that the grade cannot be changed"


def _without_tags(name: str) -> str:
    """The name of somebody whose enrollment is suspended comes with markup."""
    return re.sub(r"<[^>]*>", "", name).strip()
