"""Time zones as nodes, and back: a fixed offset, or a name of the time zone database."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Any

from grader.engine.encoding.tags import EncodingError, Node, RefusedValue

_KEY = re.compile(r"[A-Za-z][\w+-]*(?:/[A-Za-z0-9][\w+-]*)*", re.ASCII)
_MOST_NAME = 64


def pack_zone(zone: Any) -> Node:
    """The node of a time zone. Raises EncodingError for one of another library."""
    if type(zone) is datetime.timezone:
        offset = zone.utcoffset(None)
        name = zone.tzname(None)
        named = name != datetime.timezone(offset).tzname(None)
        return [round(offset / datetime.timedelta(microseconds=1)), name[:_MOST_NAME] if named else None]
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return zone.key
    raise EncodingError(f"a time zone of type {type(zone).__name__} cannot be sent")


def unpack_zone(node: Node) -> datetime.tzinfo:
    """The time zone of a node. Raises RefusedValue when it is none."""
    try:
        if type(node) is str and len(node) <= _MOST_NAME and _KEY.fullmatch(node):
            return zoneinfo.ZoneInfo(node)
        if type(node) is list and len(node) == 2 and type(node[0]) is int:
            offset, name = datetime.timedelta(microseconds=node[0]), node[1]
            if name is None:
                return datetime.UTC if not offset else datetime.timezone(offset)
            if type(name) is str and len(name) <= _MOST_NAME:
                return datetime.timezone(offset, name)
    except (ValueError, OverflowError, zoneinfo.ZoneInfoNotFoundError, OSError):
        pass
    raise RefusedValue("a time zone is malformed")
