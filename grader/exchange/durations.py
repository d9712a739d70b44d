"""Spans of time as people write them: `2 days 12 h`."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"week": 604_800, "day": 86_400, "h": 3600, "min": 60, "s": 1}
_UNITS = {
    **dict.fromkeys(("w", "week", "weeks"), "week"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "min"),
    **dict.fromkeys(("s", "second", "seconds"), "s"),
}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)[\s,]*")
_MOST = timedelta(days=3650)


def in_words(span: timedelta, most: int = 4) -> str:
    """A span of time in days, hours, minutes and seconds, as `span_of` reads it; `most` so many of them."""
    left = round(span.total_seconds())
    words = []
    for unit, seconds in list(_SECONDS.items())[1:]:
        count, left = divmod(left, seconds)
        if count:
            words.append(f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    return " ".join(words[:most]) or "0 s"


def span_of(text: str) -> timedelta:
    """Read a span of time: `2 days`, `48h`, `1 d 12 h`, `90 min`; `0` for none.

    Raises:
        ValueError: it is none, or longer than ten years.
    """
    words = text.strip().lower()
    if words == "0":
        return timedelta()
    total, end = 0.0, 0
    while end < len(words):
        part = _PART.match(words, end)
        if part is None or part[2] not in _UNITS:
            raise ValueError(f"{text!r} is no span of time: write it like 2 days, 48 h or 1 day 12 h")
        total += float(part[1].replace(",", ".")) * _SECONDS[_UNITS[part[2]]]
        end = part.end()
    if not words:
        raise ValueError("there is no span of time: write it like 2 days, 48 h or 1 day 12 h")
    if total > _MOST.total_seconds():
        raise ValueError(f"{text!r} is more than ten years")
    return timedelta(seconds=total)
