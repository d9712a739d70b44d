"""Dates and times as Moodle writes them, in the languages of its sites."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache

from babel import Locale

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl"),
    *("ca", "cs", "da", "fi", "nb", "hu", "sk", "ro", "tr"),
)
_GLUE = frozenset({"de", "del", "d'", "den", "a", "à", "às", "las", "at", "um", "om", "o", "kl", "klo"})
"""What may stand between the parts of a date."""
_CLOCK = re.compile(
    r"(?P<date>.*?)[\s,]+(?P<hour>\d{1,2})[:h](?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[ap]m)?"
)


def written_date(text: str) -> datetime:
    """The time that a text says, such as "Monday, 2 November 2026, 10:00 AM" or "2026-11-02 10:00", in UTC.

    Where it names no zone, it is in this machine's. Months are words, or the order is that of ISO 8601: whether 2/11
    is in November or in February is not guessed. A day of the week must be that of the date.

    Raises:
        ValueError: it says no time, or may say several.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if re.match(r"20\d\d-\d\d-\d\d[ t]\d\d:\d\d", plain):
        return datetime.fromisoformat(plain.upper()).astimezone(UTC)
    match = _CLOCK.fullmatch(re.sub(r"\b([ap])\.\s?m\.", r"\1m", plain))
    if match is None:
        raise ValueError(f"no time: {text}")
    second = int(match["second"] or 0)
    day = _date_in(match["date"])
    hour = _hour(int(match["hour"]), match["half"])
    return datetime(day.year, day.month, day.day, hour, int(match["minute"]), second).astimezone(UTC)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"no hour before or after noon: {hour}")
    return hour % 12 + (12 if half == "pm" else 0)


def _date_in(text: str) -> date:
    """The one date that the text says in whatever language; a day of the week and a month are of the same one."""
    tokens = [token for part in re.split(r"[\s,]+", text) if (token := part.strip(".")) and token not in _GLUE]
    years = [int(token) for token in tokens if re.fullmatch(r"20\d\d", token)]
    days = [int(token) for token in tokens if re.fullmatch(r"\d{1,2}", token)]
    words = [token for token in tokens if not token.isdecimal()]
    if len(years) != 1 or len(days) != 1 or len(tokens) != 2 + len(words):
        raise ValueError(f"no date: {text}")
    months = {_month(words, *_names(language)) for language in _LANGUAGES} - {None}
    found = {
        day
        for month, weekday in filter(None, months)
        if (day := date(years[0], month, days[0])) and weekday in (None, day.weekday())
    }
    if len(found) != 1:
        raise ValueError(f"no date, or several: {text}")
    return found.pop()


def _month(words: list[str], months: Mapping[str, int], weekdays: Mapping[str, int]) -> tuple[int, int | None] | None:
    """The month and the day of the week, if any, where each word is one of them."""
    of_month = [months[word] for word in words if word in months]
    of_week = [weekdays[word] for word in words if word not in months and word in weekdays]
    if len(of_month) != 1 or len(of_week) > 1 or len(words) != 1 + len(of_week):
        return None
    return of_month[0], of_week[0] if of_week else None


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """The months and days of the week of a language, alone and as they stand in a date."""
    locale = Locale(language)
    months, weekdays = (
        {
            re.sub(r"^(?:de |d['’])", "", name.casefold()): number
            for context in ("format", "stand-alone")
            for number, name in names[context]["wide"].items()
        }
        for names in (locale.months, locale.days)
    )
    return months, weekdays
